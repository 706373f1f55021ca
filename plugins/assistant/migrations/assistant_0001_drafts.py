"""Drafts that an assistant makes, for a person to confirm."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "assistant_0001"
down_revision = None
branch_labels = ("assistant",)
depends_on = ("panel_0034", "orders_0025")

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
NAME = "assistant_draft"


def upgrade() -> None:
    op.create_table(
        NAME,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "order",
                "transition",
                name="draftkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=True),
        sa.Column("body", JSON, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("order_ids", JSON, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{NAME}_{column}"))
            for column, other in (
                ("user_id", "user_account"),
                ("client_id", "client"),
                ("order_id", "orders"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
    )
    for column in ("user_id", "client_id", "expires_at"):
        op.create_index(op.f(f"ix_{NAME}_{column}"), NAME, [column])
