"""When the term of a service is over, so that the panel sees it coming."""

import sqlalchemy as sa
from alembic import op

from billing_panel.kernel.values.clock import months_after

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
    ends = [{"one": row.id, "end": months_after(row.since, row.months, "UTC")} for row in rows]
    if ends:
        one = service.c.id == sa.bindparam("one")
        bind.execute(sa.update(service).where(one).values(ends_at=sa.bindparam("end")), ends)
