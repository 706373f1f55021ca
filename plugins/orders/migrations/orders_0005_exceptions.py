"""Exceptions to what a client may have: proposed by one, approved by another, used once."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0005"
down_revision = "orders_0004"
branch_labels = None
depends_on = "panel_0007"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFERENCES = {
    "client_id": "client.id",
    "provider_id": "provider.id",
    "tariff_id": "tariff.id",
    "proposed_by_id": "user_account.id",
    "decided_by_id": "user_account.id",
    "order_id": "orders.id",
}


def upgrade() -> None:
    op.create_table(
        "order_exception",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("tariff_id", BIG_ID, nullable=False),
        sa.Column("restriction", sa.String(length=64), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by_id", BIG_ID, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "approved",
                "refused",
                name="decision",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("decided_by_id", BIG_ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(), nullable=False),
        sa.Column("order_id", BIG_ID, nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(restriction IS NULL) <> (percent IS NULL)", name=op.f("ck_order_exception_one_thing")
        ),
        sa.CheckConstraint(
            "percent > 0 AND percent <= 1000000", name=op.f("ck_order_exception_percent")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_exception_quantity")),
        sa.CheckConstraint(
            "decided_by_id <> proposed_by_id", name=op.f("ck_order_exception_two_people")
        ),
        sa.CheckConstraint(
            "order_id IS NULL OR decision = 'approved'", name=op.f("ck_order_exception_approved")
        ),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_order_exception_{name}"))
            for name, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_exception")),
    )
    op.create_index(
        op.f("ix_order_exception_client_id_provider_id"),
        "order_exception",
        ["client_id", "provider_id"],
    )
    op.create_index(op.f("ix_order_exception_order_id"), "order_exception", ["order_id"])
