"""Of which day an order's tax rates are, where that is another than the day it was placed."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0026"
down_revision = "orders_0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("rated_on", sa.Date(), nullable=True))
