"""Time packages are held from when they are delivered, and hours of them are used (D4).

Those delivered before were held by nobody and stay so. Whoever delivers lines may record hours.
"""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.grants import give

revision = "orders_0020"
down_revision = "orders_0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_service", sa.Column("hours", sa.Integer(), nullable=True))
    used = sa.Column("used_minutes", sa.Integer(), nullable=False, server_default=sa.text("0"))
    op.add_column("order_service", used)
    give(["orders:line:deliver"], ["orders:hours:use"])
