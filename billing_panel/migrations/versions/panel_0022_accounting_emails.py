"""Addresses of a client's accounting, to which copies of bills go. Nobody has one yet."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0022"
down_revision = "panel_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("accounting_emails", sa.String(), nullable=False, server_default="")
    op.add_column("client", column)
