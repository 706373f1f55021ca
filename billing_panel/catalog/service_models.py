"""Services that clients hold."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.column_types import Base, BigId, UtcDateTime, one_of


class ServiceState(StrEnum):
    """Whether a service is held or over; one that is suspended is held still."""

    ACTIVE = "active"
    ENDED = "ended"


class Service(Base):
    """What a client holds, opened when an order line is delivered. ``paid_until`` None: not yet.

    ``ends_at``: when the ``months`` ordered are over; None: what was sold once has no end. One that
    is suspended is held still, and counts towards limits.
    """

    __tablename__ = "service"
    __table_args__ = (
        Index(None, "client_id", "provider_id", "state"),
        Index(
            "ix_service_running",
            "provider_id",
            "ends_at",
            sqlite_where=sql("state = 'active'"),
            postgresql_where=sql("state = 'active'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    tariff_id: Mapped[int] = mapped_column(BigId, ForeignKey("tariff.id"))
    months: Mapped[int]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[ServiceState] = mapped_column(one_of(ServiceState))
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tariff: Mapped[Tariff] = relationship()
