"""Triggers of tables that are only added to are made anew, of what the models say.

Those of before let ``INSERT OR REPLACE`` and ``UPDATE … SET rowid`` through on SQLite, and were off
under ``session_replication_role = replica`` on PostgreSQL.
"""

from alembic import op

revision = "panel_0016"
down_revision = "panel_0015"
branch_labels = None
depends_on = None

MADE = (
    ("event", ("update", "delete", "words")),
    ("event_seal", ("update", "delete")),
    ("ledger_entry", ("update", "delete")),
    ("posting", ("update", "delete")),
)


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table, changes in MADE:
        for change in (*changes, "truncate") if is_postgresql else changes:
            of = f" ON {table}" if is_postgresql else ""
            op.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_{change}{of}")
