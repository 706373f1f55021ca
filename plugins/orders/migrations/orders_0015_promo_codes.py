"""Promo codes of providers, their uses, the code in a cart, and what one took off an order."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0015"
down_revision = "orders_0014"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _tables()
    op.create_index(op.f("ix_promo_use_promo_id_client_id"), "promo_use", ["promo_id", "client_id"])
    op.add_column(
        "orders", sa.Column("promo_code", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column(
        "order_line",
        sa.Column("promo_discount", BIG_ID, nullable=False, server_default=sa.text("0")),
    )


def _tables() -> None:
    op.create_table(
        "promo_code",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("folded", sa.String(length=128), nullable=False),
        # ten-thousandths of a percent
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("amount", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        *(sa.Column(name, JSON, nullable=False) for name in ("periods", "groups", "tariffs")),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("max_uses_per_client", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_promo_code_used")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_promo_code_amount")),
        _refers("promo_code", "provider_id", "provider.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_code")),
        sa.UniqueConstraint("provider_id", "folded", name=op.f("uq_promo_code_provider_id_folded")),
    )
    op.create_table(
        "promo_use",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("promo_id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        _refers("promo_use", "order_id", "orders.id"),
        _refers("promo_use", "promo_id", "promo_code.id"),
        _refers("promo_use", "client_id", "client.id"),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_promo_use")),
    )
    op.create_table(
        "cart_promo",
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        _refers("cart_promo", "client_id", "client.id"),
        _refers("cart_promo", "provider_id", "provider.id"),
        sa.PrimaryKeyConstraint("client_id", "provider_id", name=op.f("pk_cart_promo")),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))
