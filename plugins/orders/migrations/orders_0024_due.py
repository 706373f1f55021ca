"""Each order says by when its bill is to be paid, and an index finds those that are late."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0024"
down_revision = "orders_0023"
branch_labels = None
depends_on = None

ASKS_FOR_MONEY = sa.text("owed > 0 OR (paid < total AND stage IN ('new', 'open'))")
LAST_DAY = """UPDATE orders SET due_on = (
    SELECT max(document.due_on) FROM order_document
    JOIN document ON document.id = order_document.document_id
    WHERE order_document.order_id = orders.id AND document.kind = 'proforma' AND NOT EXISTS (
        SELECT 1 FROM document_event
        WHERE document_event.document_id = document.id AND document_event.kind = 'voided'))
    WHERE EXISTS (SELECT 1 FROM order_document WHERE order_document.order_id = orders.id)"""


def upgrade() -> None:
    op.add_column("orders", sa.Column("due_on", sa.Date(), nullable=True))
    op.execute(LAST_DAY)
    op.create_index(
        "ix_orders_due",
        "orders",
        ["provider_id", "due_on", "id"],
        sqlite_where=ASKS_FOR_MONEY,
        postgresql_where=ASKS_FOR_MONEY,
    )
