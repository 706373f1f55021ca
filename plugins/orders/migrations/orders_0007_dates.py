"""Which dates of an order its workflow was told of: a bill fell due, the paid term ended."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0007"
down_revision = "orders_0006"
branch_labels = None
depends_on = "panel_0010"


def upgrade() -> None:
    op.add_column("orders", sa.Column("told_due", sa.Date(), nullable=True))
    op.add_column("orders", sa.Column("told_ended", sa.DateTime(timezone=True), nullable=True))
