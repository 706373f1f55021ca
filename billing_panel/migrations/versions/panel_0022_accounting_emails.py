"""Addresses of a client's accounting, to which copies of bills go. Nobody has one yet."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0022"
down_revision = "panel_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("client", sa.Column("accounting_emails", sa.String(), nullable=True))
    op.execute("UPDATE client SET accounting_emails = ''")
    with op.batch_alter_table("client") as table:
        table.alter_column("accounting_emails", existing_type=sa.String(), nullable=False)
