"""That a client is asked to approve a cart, as it is kept."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime


class CartRequest(Base):
    """``content``: the digest of the cart as it was sent. ``payment_method_id``: as staff chose it.

    ``approved_at`` None: the client has not answered yet.
    """

    __tablename__ = "cart_request"

    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"), primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    content: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    payment_method_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("payment_method.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
