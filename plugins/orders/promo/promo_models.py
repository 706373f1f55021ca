"""Rows: a provider's promo codes, their uses, and the code in a client's cart."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, Json, Percent, UtcDateTime

MAX_CODE = 64
# some letters are compared as several
MAX_FOLDED = MAX_CODE * 2


class PromoCode(Base):
    """``folded``: the code as it is looked up. One of ``percent`` and ``amount`` (minor units).

    ``periods`` are months, ``groups`` and ``tariffs`` ids; empty: it holds for all. ``used``: uses
    that were not released, counted under the row's lock.
    """

    __tablename__ = "promo_code"
    __table_args__ = (
        UniqueConstraint("provider_id", "folded"),
        CheckConstraint("used >= 0", name="used"),
        CheckConstraint("amount >= 0", name="amount"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    code: Mapped[str] = mapped_column(String(MAX_CODE))
    folded: Mapped[str] = mapped_column(String(MAX_FOLDED))
    percent: Mapped[Decimal] = mapped_column(Percent, default=Decimal(0))
    amount: Mapped[int] = mapped_column(BigId, default=0)
    since: Mapped[date | None]
    until: Mapped[date | None]
    periods: Mapped[list[int]] = mapped_column(Json, default=list)
    groups: Mapped[list[int]] = mapped_column(Json, default=list)
    tariffs: Mapped[list[int]] = mapped_column(Json, default=list)
    max_uses: Mapped[int | None]
    max_uses_per_client: Mapped[int | None]
    used: Mapped[int] = mapped_column(default=0)
    archived: Mapped[bool] = mapped_column(default=False)


class PromoUse(Base):
    """A checkout that used the code, by its first order. ``released_at``: it counts no more."""

    __tablename__ = "promo_use"
    __table_args__ = (Index(None, "promo_id", "client_id"),)

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    promo_id: Mapped[int] = mapped_column(BigId, ForeignKey("promo_code.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CartPromo(Base):
    """The code that lies in a client's cart with a provider, as they typed it."""

    __tablename__ = "cart_promo"

    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"), primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(MAX_CODE))
