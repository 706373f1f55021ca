"""Payments and refunds as rows; what of an order is owed, given back, tax, surplus."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0003"
down_revision = "orders_0002"
branch_labels = None
depends_on = "panel_0003"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
METHODS = (
    "bank_transfer",
    "balance",
    "points",
    "card_gateway",
    "card_at_desk",
    "cash",
    "cash_on_delivery",
)
SUMS = ("refunded", "refunded_points", "surplus", "taxed", "earned")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    for name in SUMS:
        column = sa.Column(name, BIG_ID, nullable=False, server_default="0")
        op.add_column("orders", column)
    big = "BIGINT" if op.get_bind().dialect.name == "postgresql" else "INTEGER"
    op.execute(
        f"ALTER TABLE orders ADD COLUMN owed {big} NOT NULL DEFAULT 0"
        " CONSTRAINT ck_orders_owed CHECK (owed >= 0 AND paid + owed <= total)"
    )
    _make_payments()
    _make_refunds()
    _carry_over()


def _make_payments() -> None:
    op.create_table(
        "payment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("method", _one_of("methodkind", *METHODS), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("amount", BIG_ID, nullable=False),
        sa.Column("surplus", BIG_ID, nullable=False),
        sa.Column("refunded", BIG_ID, nullable=False),
        sa.Column(
            "state",
            _one_of("paymentstate", "begun", "in_review", "failed", "received"),
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=140), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=True),
        sa.Column("outside", sa.String(length=255), nullable=True),
        sa.Column("page", sa.String(length=2000), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "amount > 0 AND surplus >= 0 AND refunded >= 0", name=op.f("ck_payment_signs")
        ),
        sa.CheckConstraint("surplus + refunded <= amount", name=op.f("ck_payment_refunded")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payment_order_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_payment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
    )
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"])
    op.create_index(
        op.f("ix_payment_gateway_outside"), "payment", ["gateway", "outside"], unique=True
    )


def _make_refunds() -> None:
    op.create_table(
        "refund",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("payment_id", BIG_ID, nullable=False),
        sa.Column("amount", BIG_ID, nullable=False),
        sa.Column("to", _one_of("refundto", "method", "balance"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_refund_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
    )
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"])


def _carry_over() -> None:
    """What was paid is a payment; a debt opened more often than lifted is owed."""
    op.execute(
        "UPDATE orders SET owed = total - paid WHERE paid < total AND"
        " (SELECT coalesce(sum(CASE kind WHEN 'owed' THEN 1 WHEN 'debt_lifted' THEN -1 ELSE 0 END),"
        " 0) FROM ledger_entry WHERE subject_kind = 'order' AND subject_id = orders.id) > 0"
    )
    for paid, currency, method in (
        ("o.paid", "o.currency", "m.kind"),
        ("o.paid_points", "'points'", "'points'"),
    ):
        op.execute(
            "INSERT INTO payment (order_id, method, currency, amount, surplus, refunded, state,"  # noqa: S608 (ours)
            f" reference, begun_at, received_at) SELECT o.id, {method}, {currency}, {paid}, 0, 0,"
            " 'received', '', o.status_since, o.status_since FROM orders o"
            f" JOIN payment_method m ON m.id = o.payment_method_id WHERE {paid} > 0"
        )
