"""Carts that staff have sent to their client to approve. Nothing there is changes."""

import sqlalchemy as sa
from alembic import op

revision = "shop_0001"
down_revision = None
branch_labels = None
depends_on = "orders_0017"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
REFERENCES = {
    "client_id": "client.id",
    "provider_id": "provider.id",
    "asked_by_id": "user_account.id",
    "payment_method_id": "payment_method.id",
    "approved_by_id": "user_account.id",
}


def upgrade() -> None:
    op.create_table(
        "cart_request",
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("asked_by_id", BIG_ID, nullable=True),
        sa.Column("payment_method_id", BIG_ID, nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("approved_by_id", BIG_ID, nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_cart_request_{name}"))
            for name, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("client_id", "provider_id", name=op.f("pk_cart_request")),
    )
