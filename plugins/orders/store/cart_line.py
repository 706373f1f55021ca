"""Positions of carts as rows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime, one_of


class CartLine(Base):
    """A position of the client's own cart, one cart for each provider.

    ``by_staff``: the person ``added_by_id`` put it there for them. ``seen_price``: what one of it
    cost then, minor units or points as ``tender`` has it; None: it was not written down.
    """

    __tablename__ = "cart_line"
    __table_args__ = (
        Index(None, "client_id", "provider_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"))
    months: Mapped[int]
    quantity: Mapped[int]
    options: Mapped[dict[str, OptionValue]] = mapped_column(Json)
    tender: Mapped[Tender] = mapped_column(one_of(Tender))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    by_staff: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    seen_price: Mapped[int | None] = mapped_column(BigId)
    tariff: Mapped[Tariff] = relationship()
    provider: Mapped[Provider] = relationship()
