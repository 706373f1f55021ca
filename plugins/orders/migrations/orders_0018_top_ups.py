"""Top-ups of balances, and messages of payment systems about them. Nothing there is changes."""

import sqlalchemy as sa
from alembic import op

revision = "orders_0018"
down_revision = "orders_0017"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
METHODS = (
    "bank_transfer",
    "balance",
    "points",
    "card_gateway",
    "card_at_desk",
    "cash",
    "cash_on_delivery",
)
STATES = ("waiting", "paid", "cancelled", "failed")
REFERENCES = {
    "client_id": "client.id",
    "provider_id": "provider.id",
    "document_id": "document.id",
    "user_id": "user_account.id",
}


def upgrade() -> None:
    op.create_table(
        "top_up",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("method", _one_of("methodkind", METHODS), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", BIG_ID, nullable=False),
        sa.Column("taken", BIG_ID, nullable=False),
        sa.Column("state", _one_of("topupstate", STATES), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=True),
        sa.Column("outside", sa.String(length=255), nullable=True),
        sa.Column("page", sa.String(length=2000), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("document_id", BIG_ID, nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "amount > 0 AND taken >= 0 AND taken <= amount", name=op.f("ck_top_up_signs")
        ),
        *(
            sa.ForeignKeyConstraint([name], [target], name=op.f(f"fk_top_up_{name}"))
            for name, target in REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_top_up")),
    )
    op.create_index(
        op.f("ix_top_up_gateway_outside"), "top_up", ["gateway", "outside"], unique=True
    )
    op.create_index(op.f("ix_top_up_client_id_id"), "top_up", ["client_id", "id"])
    op.create_index(op.f("ix_top_up_document_id"), "top_up", ["document_id"])
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    # SQLite adds a reference only together with its column
    op.execute(
        f"ALTER TABLE gateway_message ADD COLUMN top_up_id {kind}"
        " CONSTRAINT fk_gateway_message_top_up_id REFERENCES top_up (id)"
    )
    op.create_index(op.f("ix_gateway_message_top_up_id"), "gateway_message", ["top_up_id"])


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32, create_constraint=True)
