"""Invoices for several orders: the share of each; and orders that wait for one, by an index."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0029"
down_revision = "orders_0028"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = sa.text("uninvoiced_since IS NOT NULL")
# the last that happened to its money or its goods: never before its tax event
SINCE = """UPDATE orders SET uninvoiced_since = coalesce(
    (SELECT max(moment) FROM (
        SELECT max(received_at) AS moment FROM payment WHERE payment.order_id = orders.id
        UNION ALL
        SELECT max(delivered_at) FROM order_line WHERE order_line.order_id = orders.id
    ) AS happened), status_since, placed_at)
    WHERE paid + owed > 0 AND NOT EXISTS (
        SELECT 1 FROM order_document
        JOIN document ON document.id = order_document.document_id
        WHERE order_document.order_id = orders.id AND document.kind = 'invoice')"""


def upgrade() -> None:
    op.add_column("order_document", sa.Column("share", BIG_ID, nullable=True))
    op.add_column(
        "orders", sa.Column("uninvoiced_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute(SINCE)
    op.create_index(
        "ix_orders_uninvoiced",
        "orders",
        ["provider_id", "uninvoiced_since", "id"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
