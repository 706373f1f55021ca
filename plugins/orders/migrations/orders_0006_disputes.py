"""Disputes, refunds that failed, payments given up; orders that are owed, found by their pair."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "orders_0006"
down_revision = "orders_0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# CHECK constraints of words: table, constraint, column, those it had, those it has more
WORDS = (
    (
        "payment",
        "ck_payment_paymentstate",
        "state",
        ("begun", "in_review", "failed", "received"),
        ("given_up",),
    ),
    ("refund", "ck_refund_refundto", "to", ("method", "balance"), ("dispute",)),
    (
        "gateway_message",
        "ck_gateway_message_outcome",
        "outcome",
        ("succeeded", "failed", "in_review"),
        ("disputed", "dispute_won", "dispute_lost", "refund_failed"),
    ),
    (
        "gateway_message",
        "ck_gateway_message_messageresult",
        "result",
        ("applied", "nothing_new", "unknown_payment", "other_payment", "wrong_sum"),
        ("closed_otherwise",),
    ),
)


def upgrade() -> None:
    for table, constraint, column, old, more in WORDS:
        _allow(table, constraint, column, old, more)
    op.add_column("refund", sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "dispute",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("payment_id", BIG_ID, nullable=False),
        sa.Column("outside", sa.String(length=255), nullable=False),
        sa.Column("amount", BIG_ID, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "won",
                "lost",
                name="disputestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_dispute_amount")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("payment_id", "outside", name=op.f("uq_dispute_payment_id_outside")),
    )
    op.create_index(
        "ix_orders_owed",
        "orders",
        ["provider_id", "client_id"],
        sqlite_where=sa.text("owed > 0"),
        postgresql_where=sa.text("owed > 0"),
    )


def _allow(
    table: str, constraint: str, column: str, old: tuple[str, ...], more: tuple[str, ...]
) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(constraint), table, type_="check")
        known = sa.column(column).in_([*old, *more])
        op.create_check_constraint(op.f(constraint), table, known)
        return
    had = ", ".join(f"'{word}'" for word in old)
    has = ", ".join(f"'{word}'" for word in (*old, *more))
    rewrite_table(op.get_bind(), table, f"({had})", f"({has})")
