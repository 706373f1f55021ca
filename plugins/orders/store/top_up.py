"""Top-ups: sums that are on their way to a client's balance.

A top-up is no payment of an order: it has no order to lock, to move or to earn from. What it shares
with one, the payment system's page and messages, is known by its own key.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from invoices.store.models import IssuedDocument

FIRST_NUMBER = 10_000


class TopUpState(StrEnum):
    """Only one that is ``paid`` has moved anything."""

    WAITING = "waiting"
    PAID = "paid"
    CANCELLED = "cancelled"
    FAILED = "failed"


STATE_TITLES = {
    TopUpState.WAITING: text("Waiting for the money"),
    TopUpState.PAID: text("On the balance"),
    TopUpState.CANCELLED: text("Cancelled"),
    TopUpState.FAILED: text("Not paid"),
}


class TopUp(Base):
    """``amount`` in minor units of the provider's currency. ``closed_at``: since when it is so.

    ``gateway``, ``outside`` and ``page`` as of a payment. ``taken``: what lost disputes took back.
    ``document``: the pro-forma of a bank transfer.
    """

    __tablename__ = "top_up"
    __table_args__ = (
        CheckConstraint("amount > 0 AND taken >= 0 AND taken <= amount", name="signs"),
        Index(None, "gateway", "outside", unique=True),
        Index(None, "client_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    method: Mapped[MethodKind] = mapped_column(one_of(MethodKind))
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[int] = mapped_column(BigId)
    taken: Mapped[int] = mapped_column(BigId, default=0)
    state: Mapped[TopUpState] = mapped_column(one_of(TopUpState))
    gateway: Mapped[str | None] = mapped_column(String(32))
    outside: Mapped[str | None] = mapped_column(String(255))
    page: Mapped[str | None] = mapped_column(String(2000))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("document.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    client: Mapped[Client] = relationship()
    provider: Mapped[Provider] = relationship()
    document: Mapped[IssuedDocument | None] = relationship()

    @property
    def number(self) -> str:
        """What people call it; no order is called so."""
        return f"T{FIRST_NUMBER + self.id}"

    @property
    def title(self) -> Text:
        return METHOD_TITLES[self.method]

    @property
    def sum(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def key(self) -> str:
        """What payment systems are told it is called; no payment is called so."""
        return f"top-up-{self.id}-{int(self.asked_at.timestamp())}"

    def close(self, state: TopUpState, at: datetime) -> None:
        """It has come to ``state``; a later message may still say otherwise."""
        self.state, self.closed_at = state, at
