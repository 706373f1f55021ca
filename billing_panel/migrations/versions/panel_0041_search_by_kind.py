"""SQLite searches each kind by an index of its own, made of the entries that are there."""

from alembic import op

from billing_panel.migrations.search_words import drop_index, make_index

revision = "panel_0041"
down_revision = "panel_0040"
branch_labels = None
depends_on = None

# one index of all kinds
BEFORE = (
    "DROP TRIGGER IF EXISTS search_entry_inserted",
    "DROP TRIGGER IF EXISTS search_entry_deleted",
    "DROP TRIGGER IF EXISTS search_entry_updated",
    "DROP TABLE IF EXISTS search_words",
)


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        return
    for statement in BEFORE:
        bind.exec_driver_sql(statement)
    drop_index()
    make_index()
