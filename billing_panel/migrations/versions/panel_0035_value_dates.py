"""Value dates of entries, and the last day of a provider's closed months.

Entries written before count on the day they were written, where their provider is.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0035"
down_revision = "panel_0034"
branch_labels = None
depends_on = None

TABLE = "ledger_entry"
ZONE_OF = (
    "coalesce((SELECT timezone FROM provider WHERE id = ("
    "SELECT ledger_account.provider_id FROM posting JOIN ledger_account"
    " ON ledger_account.id = posting.account_id WHERE posting.entry_id = ledger_entry.id LIMIT 1)), 'UTC')"
)


def upgrade() -> None:
    op.add_column("provider", sa.Column("books_closed_on", sa.Date(), nullable=True))
    op.add_column(
        "provider", sa.Column("books_closed_at", sa.DateTime(timezone=True), nullable=True)
    )
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    # they are made again once the schema is up to date
    _drop(["update", "delete", "truncate"] if postgresql else ["update", "delete", "replace"])
    op.add_column(TABLE, sa.Column("day", sa.Date(), nullable=True))
    if postgresql:
        day = f"(at AT TIME ZONE {ZONE_OF})::date"
        op.execute(f"UPDATE ledger_entry SET day = {day}")  # noqa: S608 (ours)
        op.alter_column(TABLE, "day", nullable=False)
    else:
        _fill_on_sqlite(bind)
    op.drop_index("ix_ledger_entry_at", TABLE)
    op.create_index("ix_ledger_entry_day", TABLE, ["day"])


def _drop(changes: Sequence[str]) -> None:
    of = f" ON {TABLE}" if op.get_bind().dialect.name == "postgresql" else ""
    for change in changes:
        op.execute(f"DROP TRIGGER IF EXISTS {TABLE}_refuses_{change}{of}")


def _fill_on_sqlite(bind: sa.Connection) -> None:
    driver: Any = bind.connection.dbapi_connection
    driver.create_function("panel_local_day", 2, _local_day)
    op.execute(f"UPDATE ledger_entry SET day = panel_local_day(at, {ZONE_OF})")  # noqa: S608 (ours)
    rewrite_table(bind, TABLE, "day DATE", "day DATE NOT NULL")


def _local_day(written: str, timezone: str) -> str:
    moment = datetime.fromisoformat(written)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(ZoneInfo(timezone)).date().isoformat()
