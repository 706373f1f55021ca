"""What of an order's debt is written off."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0030"
down_revision = "orders_0029"
branch_labels = None
depends_on = "panel_0040"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    column = sa.Column("written_off", BIG_ID, nullable=False, server_default="0")
    op.add_column("orders", column)
