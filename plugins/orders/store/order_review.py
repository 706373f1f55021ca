"""What becomes of the rating of an order."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime


class OrderReview(Base):
    """What becomes of the rating of an order; its stars and words are fields of the order (M10).

    ``hidden_reason`` is for staff alone; ``answer`` is read by the client too.
    """

    __tablename__ = "order_review"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_reason: Mapped[str] = mapped_column(default="")
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
