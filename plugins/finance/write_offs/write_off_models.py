"""Write-offs: one member of staff proposes, another decides."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of
from plugins.orders.store.models import Order


class WriteOffState(StrEnum):
    """``open``: nobody has decided yet."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"


class WriteOff(Base):
    """A proposal to write off what is owed for an order, and what became of it.

    ``amount``: what was owed when it was proposed, minor units of the order's currency.
    """

    __tablename__ = "write_off"
    __table_args__ = (
        Index(None, "client_id", "id"),
        Index(None, "provider_id", "id"),
        Index(
            "ix_write_off_open",
            "order_id",
            unique=True,
            sqlite_where=sql("state = 'open'"),
            postgresql_where=sql("state = 'open'"),
        ),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("decided_by_id <> proposed_by_id", name="two_people"),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), index=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    amount: Mapped[int] = mapped_column(BigId)
    reason: Mapped[str]
    proposed_by_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[WriteOffState] = mapped_column(one_of(WriteOffState))
    decision_reason: Mapped[str]
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    order: Mapped[Order] = relationship()
