"""On which day a payment came, where staff recorded it later; which orders defer revenue.

Orders placed before earned all of it with their payment, and stay so. Postings of orders that
carry one tax are given it. Where an order carries several nobody knows which of them a posting is
of: these stay without, and are told apart with the order's next entry.
"""

import sqlalchemy as sa
from alembic import op

revision = "orders_0027"
down_revision = "orders_0026"
branch_labels = None
depends_on = "panel_0036"

FILL = """
UPDATE posting SET (tax_category, tax_percent, tax_place) = (
    SELECT t.category, t.percent, t.place FROM ledger_entry e JOIN order_tax t
        ON t.order_id = e.subject_id WHERE e.id = posting.entry_id
)
WHERE account_id IN (SELECT id FROM ledger_account WHERE kind IN ('revenue', 'tax'))
AND entry_id IN (
    SELECT id FROM ledger_entry WHERE subject_kind = 'order' AND subject_id IN (
        SELECT order_id FROM order_tax GROUP BY order_id HAVING count(*) = 1
    )
)
"""


def upgrade() -> None:
    op.add_column("payment", sa.Column("received_on", sa.Date(), nullable=True))
    typed = sa.text("reference <> ''")
    op.create_index(
        "ix_payment_reference",
        "payment",
        ["reference"],
        sqlite_where=typed,
        postgresql_where=typed,
    )
    defers: sa.Column[bool] = sa.Column(
        "defers", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    op.add_column("orders", defers)
    postgresql = op.get_bind().dialect.name == "postgresql"
    # they are made again once the schema is up to date
    of = " ON posting" if postgresql else ""
    for change in ("update", "delete", "truncate" if postgresql else "replace"):
        op.execute(f"DROP TRIGGER IF EXISTS posting_refuses_{change}{of}")
    op.execute(FILL)
