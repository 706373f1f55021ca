"""Lists of orders are read by an index, however they are narrowed, and people keep views of them.

``payment_state`` is made by the database of what it has; it follows by itself.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0021"
down_revision = "orders_0020"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
STATE = """CASE
    WHEN NOT (paid > 0 OR paid_points > 0) AND (refunded > 0 OR refunded_points > 0)
        THEN 'refunded'
    WHEN paid < CASE WHEN kept > 0 OR kept_points > 0 THEN kept ELSE total END
        OR paid_points < CASE WHEN kept > 0 OR kept_points > 0 THEN kept_points ELSE points END
        THEN CASE
            WHEN paid > 0 OR paid_points > 0 THEN 'partly_paid'
            WHEN stage IN ('done', 'lost') THEN 'given_up'
            ELSE 'unpaid' END
    WHEN surplus > 0 THEN 'overpaid'
    ELSE 'paid' END"""
INDEXES = {
    "ix_orders_stage": ("client_id", "provider_id", "stage", "id"),
    "ix_orders_progress": ("provider_id", "stage", "id"),
    "ix_orders_status": ("status_id", "id"),
    "ix_orders_payment": ("provider_id", "payment_state", "id"),
    "ix_orders_placed": ("provider_id", "placed_at", "id"),
    "ix_orders_placed_by_kind": ("provider_id", "placed_by_kind", "id"),
    "ix_orders_placed_by": ("placed_by_id", "id"),
}


def upgrade() -> None:
    # SQLite adds a column that it computes while reading, without writing the table anew
    kept = "STORED" if op.get_bind().dialect.name == "postgresql" else "VIRTUAL"
    op.execute(
        "ALTER TABLE orders ADD COLUMN payment_state VARCHAR(16)"
        f" GENERATED ALWAYS AS ({STATE}) {kept}"
    )
    op.drop_index("ix_orders_stage", table_name="orders")
    for name, columns in INDEXES.items():
        op.create_index(name, "orders", list(columns))
    owing = sa.text("owed > 0")
    op.create_index(
        "ix_orders_debts",
        "orders",
        ["provider_id", "id"],
        sqlite_where=owing,
        postgresql_where=owing,
    )
    op.create_index("ix_order_line_tariff", "order_line", ["tariff_id", "order_id"])
    for table in ("payment", "gateway_message"):
        op.create_index(f"ix_{table}_received", table, ["received_at"])
    _keep_views()


def _keep_views() -> None:
    op.create_table(
        "order_view",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("folded", sa.String(length=180), nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_order_view_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_view")),
        sa.UniqueConstraint("user_id", "folded", name=op.f("uq_order_view_user_id_folded")),
    )
    op.create_table(
        "order_columns",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_order_columns_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_order_columns")),
    )
