"""Messages of payment systems, and when a refund is sent again."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0004"
down_revision = "orders_0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RESULTS = ("applied", "nothing_new", "unknown_payment", "other_payment", "wrong_sum")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "gateway_message",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome", _one_of("outcome", "succeeded", "failed", "in_review"), nullable=False
        ),
        sa.Column("payment_id", BIG_ID, nullable=True),
        sa.Column("result", _one_of("messageresult", *RESULTS), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_gateway_message_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_message")),
        sa.UniqueConstraint(
            "gateway", "event_id", name=op.f("uq_gateway_message_gateway_event_id")
        ),
    )
    op.create_index(op.f("ix_gateway_message_payment_id"), "gateway_message", ["payment_id"])
    tries = sa.Column("tries", sa.Integer(), nullable=False, server_default="0")
    op.add_column("refund", tries)
    op.add_column("refund", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))
