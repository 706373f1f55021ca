"""Exceptions: whether a provider makes any, and how large a discount a department may give."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0007"
down_revision = "panel_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "provider",
        sa.Column("exceptions_allowed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # SQLite adds a check only together with its column
    op.execute(
        "ALTER TABLE department ADD COLUMN discount_cap INTEGER"
        " CONSTRAINT ck_department_discount_cap CHECK (discount_cap BETWEEN 0 AND 1000000)"
    )
