"""A client's history is read by its index alone, with whose it is."""

from alembic import op

revision = "orders_0032"
down_revision = "orders_0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_orders_history", "orders")
    op.create_index("ix_orders_history", "orders", ["client_id", "id", "provider_id"])
