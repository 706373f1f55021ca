"""Rows: what an assistant has drafted, for one person to look at and confirm."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime, one_of


class DraftKind(StrEnum):
    """An order to be placed, or a step of one to be taken."""

    ORDER = "order"
    TRANSITION = "transition"


class Draft(Base):
    """What ``user_id`` may confirm until ``expires_at``, and nobody else.

    ``body``: as the API takes it to do the same at once. ``client_id``: whose order it is;
    ``order_id``: the one that is to be moved. ``order_ids``: the orders that came of it.
    """

    __tablename__ = "assistant_draft"
    __table_args__ = (Index(None, "client_id"), Index(None, "expires_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    kind: Mapped[DraftKind] = mapped_column(one_of(DraftKind))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    order_ids: Mapped[list[int]] = mapped_column(Json, default=list)
