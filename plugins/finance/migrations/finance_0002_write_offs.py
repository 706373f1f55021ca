"""Write-offs of debts: one member of staff proposes, another decides."""

import sqlalchemy as sa
from alembic import op

revision = "finance_0002"
down_revision = "finance_0001"
branch_labels = None
depends_on = ("orders_0030",)

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TABLE = "write_off"
STATES = ("open", "approved", "refused")
OPEN = sa.text("state = 'open'")
NAMED = {
    "order_id": "orders.id",
    "provider_id": "provider.id",
    "client_id": "client.id",
    "proposed_by_id": "user_account.id",
    "decided_by_id": "user_account.id",
}


def upgrade() -> None:
    state = sa.Enum(
        *STATES, name="writeoffstate", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        TABLE,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("amount", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by_id", BIG_ID, nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("decision_reason", sa.String(), nullable=False),
        sa.Column("decided_by_id", BIG_ID, nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_write_off_amount")),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_write_off_two_people")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_write_off_decided")
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"))
            for column, target in NAMED.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_write_off")),
    )
    op.create_index(op.f("ix_write_off_order_id"), TABLE, ["order_id"])
    for column in ("client_id", "provider_id"):
        op.create_index(op.f(f"ix_write_off_{column}_id"), TABLE, [column, "id"])
    op.create_index(
        "ix_write_off_open",
        TABLE,
        ["order_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
