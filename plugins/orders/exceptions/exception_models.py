"""Exceptions: one restriction lifted, or a discount, once, for one client and one tariff."""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility import LIFTABLE
from billing_panel.catalog.rules.eligibility_facts import Granted
from billing_panel.kernel.database.column_types import Base, BigId, Percent, UtcDateTime, one_of
from billing_panel.kernel.language.text import Text, Titles, text

LIFE = timedelta(days=7)


def what_is_made(restriction: str | None, percent: Decimal | None, tariff: Titles) -> Text:
    """An exception in words."""
    if percent is not None:
        return text(
            "%(tariff)s with a %(percent)s %% discount", tariff=tariff, percent=f"{percent:f}"
        )
    lifted = LIFTABLE.get(restriction or "", restriction or "")
    return text(
        "%(tariff)s without the restriction “%(restriction)s”", tariff=tariff, restriction=lifted
    )


class Decision(StrEnum):
    """What was decided on a proposal."""

    APPROVED = "approved"
    REFUSED = "refused"


class State(StrEnum):
    """How an exception stands at a moment."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"
    EXPIRED = "expired"


class OrderException(Base):
    """``restriction``: the code of the reason it lifts; else ``percent``, a discount.

    ``quantity``: the most an order may have of the tariff by it. ``decision`` None: nobody has
    decided yet. ``order_id``: the one order it was used for.
    """

    __tablename__ = "order_exception"
    __table_args__ = (
        Index(None, "client_id", "provider_id"),
        CheckConstraint("(restriction IS NULL) <> (percent IS NULL)", name="one_thing"),
        # ten-thousandths of a percent, as the column keeps them
        CheckConstraint("percent > 0 AND percent <= 1000000", name="percent"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("order_id IS NULL OR decision = 'approved'", name="approved"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"))
    restriction: Mapped[str | None] = mapped_column(String(64))
    percent: Mapped[Decimal | None] = mapped_column(Percent)
    quantity: Mapped[int]
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision: Mapped[Decision | None] = mapped_column(one_of(Decision))
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision_reason: Mapped[str] = mapped_column(default="")
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    client: Mapped[Client] = relationship()
    provider: Mapped[Provider] = relationship()
    tariff: Mapped[Tariff] = relationship()

    def state(self, at: datetime) -> State:
        if self.order_id is not None:
            return State.USED
        if self.decision is Decision.REFUSED:
            return State.REFUSED
        if self.expires_at <= at:
            return State.EXPIRED
        return State.OPEN if self.decision is None else State.APPROVED

    @property
    def said(self) -> Text:
        return what_is_made(self.restriction, self.percent, self.tariff.title)

    def granted(self) -> Granted:
        """What it is to the rules, once it is approved."""
        return Granted(
            tariff=self.tariff.key,
            quantity=self.quantity,
            lifted=self.restriction,
            discount_percent=self.percent or Decimal(0),
        )
