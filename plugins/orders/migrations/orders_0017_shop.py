"""What clients write and accept where they order for themselves.

Positions of carts say who put them there, what they cost then, and may have a note, which goes with
the line of the order. An order knows which terms were accepted. Where a counter runs by ``desk``,
older versions of it too, an order needs no payment method until it is paid. Orders there are keep
the method they have; positions of carts there are count as the client's own. What becomes of a
rating has a table; ratings there are count as written when their order came to its status.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from billing_panel.migrations.sqlite import rewrite_table

revision = "orders_0017"
down_revision = "orders_0016"
branch_labels = None
depends_on = "panel_0026"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
EMPTY = sa.text("''")
VERSION = sa.table(
    "workflow_version", sa.column("id"), sa.column("key"), sa.column("content", JSON)
)


def upgrade() -> None:
    bind = op.get_bind()
    _remember_who()
    _keep_reviews()
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


def _keep_reviews() -> None:
    moment, bind = sa.DateTime(timezone=True), op.get_bind()
    review = op.create_table(
        "order_review",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("written_at", moment, nullable=False),
        sa.Column("changed_at", moment, nullable=True),
        sa.Column("answer", sa.String(), nullable=False, server_default=EMPTY),
        sa.Column("answered_at", moment, nullable=True),
        sa.Column("hidden_reason", sa.String(), nullable=False, server_default=EMPTY),
        sa.Column("hidden_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_review_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_review")),
    )
    order = sa.table(
        "orders", sa.column("id"), sa.column("status_since", moment), sa.column("fields", JSON)
    )
    rows = bind.execute(sa.select(order)).yield_per(1_000)
    rated = [
        {"order_id": row.id, "written_at": row.status_since}
        for row in rows
        if "rating" in row.fields
    ]
    if rated:
        bind.execute(sa.insert(review), rated)
