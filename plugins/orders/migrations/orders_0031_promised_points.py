"""Orders that still take points of their client are found by an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0031"
down_revision = "orders_0030"
branch_labels = None
depends_on = None

STILL_TAKES = sa.text("points <> paid_points")


def upgrade() -> None:
    op.create_index(
        "ix_orders_promised",
        "orders",
        ["client_id", "provider_id", "stage"],
        sqlite_where=STILL_TAKES,
        postgresql_where=STILL_TAKES,
    )
