"""What clients write and accept where they order for themselves.

Positions of carts say who put them there, what they cost then, and may have a note, which goes with
the line of the order. An order knows which terms were accepted. Where a counter runs by ``desk``,
older versions of it too, an order needs no payment method until it is paid. Orders there are keep
the method they have; positions of carts there are count as the client's own.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from billing_panel.migrations.sqlite import rewrite_table

revision = "orders_0014"
down_revision = "orders_0013"
branch_labels = None
depends_on = "panel_0021"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
EMPTY = sa.text("''")
VERSION = sa.table(
    "workflow_version", sa.column("id"), sa.column("key"), sa.column("content", JSON)
)


def upgrade() -> None:
    bind = op.get_bind()
    _remember_who()
    op.add_column(
        "cart_line",
        sa.Column("by_staff", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("cart_line", sa.Column("seen_price", BIG_ID, nullable=True))
    for table in ("cart_line", "order_line"):
        op.add_column(table, sa.Column("note", sa.String(), nullable=False, server_default=EMPTY))
    terms = sa.Column("terms_version", sa.String(length=64), nullable=False, server_default=EMPTY)
    op.add_column("orders", terms)
    accepted = sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=True)
    op.add_column("orders", accepted)
    if bind.dialect.name == "postgresql":
        op.alter_column("orders", "payment_method_id", nullable=True)
    else:
        had, has = "payment_method_id INTEGER NOT NULL", "payment_method_id INTEGER"
        rewrite_table(bind, "orders", had, has)
    for row in bind.execute(sa.select(VERSION).where(VERSION.c.key == "desk")).all():
        content = {**row.content, "method_when_paid": True}
        bind.execute(sa.update(VERSION).where(VERSION.c.id == row.id).values(content=content))


def _remember_who() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.add_column("cart_line", sa.Column("added_by_id", BIG_ID, nullable=True))
        name = op.f("fk_cart_line_added_by_id")
        op.create_foreign_key(name, "cart_line", "user_account", ["added_by_id"], ["id"])
    else:
        op.execute(
            "ALTER TABLE cart_line ADD COLUMN added_by_id INTEGER"
            " CONSTRAINT fk_cart_line_added_by_id REFERENCES user_account (id)"
        )
