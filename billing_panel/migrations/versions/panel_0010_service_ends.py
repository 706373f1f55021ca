"""When the term of a service is over, so that the panel sees it coming."""

from calendar import monthrange
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "panel_0010"
down_revision = "panel_0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
RUNNING = sa.text("state = 'active'")


def upgrade() -> None:
    op.add_column("service", sa.Column("ends_at", MOMENT, nullable=True))
    _fill(op.get_bind())
    op.create_index(
        "ix_service_running",
        "service",
        ["provider_id", "ends_at"],
        sqlite_where=RUNNING,
        postgresql_where=RUNNING,
    )


def _fill(bind: sa.Connection) -> None:
    service = sa.table(
        "service",
        sa.column("id"),
        sa.column("since", MOMENT),
        sa.column("months"),
        sa.column("ends_at", MOMENT),
    )
    opened = sa.select(service.c.id, service.c.since, service.c.months)
    rows = bind.execute(opened.where(service.c.months > 0)).all()
    ends = [{"one": row.id, "end": _months_after(row.since, row.months)} for row in rows]
    if ends:
        one = service.c.id == sa.bindparam("one")
        bind.execute(sa.update(service).where(one).values(ends_at=sa.bindparam("end")), ends)


def _months_after(moment: datetime, months: int) -> datetime:
    """The same day and time so many months later, or the last day of a month too short."""
    there = moment.astimezone(UTC)
    years, month = divmod(there.month - 1 + months, 12)
    year, month = there.year + years, month + 1
    return there.replace(year=year, month=month, day=min(there.day, monthrange(year, month)[1]))
