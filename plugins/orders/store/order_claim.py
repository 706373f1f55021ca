"""Who of the staff has an order in hand, and who is looking at it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime


class OrderClaim(Base):
    """The one of the staff who has the order in hand since ``at``.

    ``note``: what they, or whoever handed it over, left with it for colleagues. It binds nobody:
    orders are moved by whoever may. Only the orders bar asks its users to take over first.
    """

    __tablename__ = "order_claim"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(default="")
    user: Mapped[User] = relationship()

    @property
    def login(self) -> str:
        """Of whoever has it in hand."""
        return self.user.login


class OrderLook(Base):
    """Somebody of the staff has the order before them until ``until``, unless they say so again."""

    __tablename__ = "order_look"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id"), primary_key=True, index=True
    )
    until: Mapped[datetime] = mapped_column(UtcDateTime)
