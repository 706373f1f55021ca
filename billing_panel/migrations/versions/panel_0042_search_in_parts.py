"""PostgreSQL keeps what is searched in a part for each kind, and knows each by itself.

Of one table it takes a word that most orders have for one that many clients have, and looks
through them all.
"""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.search_words import KINDS, drop_index, make_index, make_index_of

revision = "panel_0042"
down_revision = "panel_0041"
branch_labels = None
depends_on = None

# of plugins that have brought kinds before; of those to come, until they have a part
OF_OTHERS = "SELECT DISTINCT kind FROM search_entry"
AND_ELSE = "CREATE TABLE search_words_of_others PARTITION OF search_entry DEFAULT"
ASIDE = (
    "ALTER TABLE search_entry RENAME TO search_entry_before",
    "ALTER INDEX pk_search_entry RENAME TO pk_search_entry_before",
)
BACK = (
    (
        "INSERT INTO search_entry (id, kind, subject_id, words)"
        " SELECT id, kind, subject_id, words FROM search_entry_before"
    ),
    "DROP TABLE search_entry_before",
)


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    kinds = {*KINDS, *bind.exec_driver_sql(OF_OTHERS).scalars()}
    drop_index()
    for statement in ASIDE:
        bind.exec_driver_sql(statement)
    op.create_table(
        "search_entry",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
        postgresql_partition_by="RANGE (id)",
    )
    bind.exec_driver_sql(AND_ELSE)
    for kind in sorted(kinds):
        make_index_of(kind)
    for statement in BACK:
        bind.exec_driver_sql(statement)
    make_index()
