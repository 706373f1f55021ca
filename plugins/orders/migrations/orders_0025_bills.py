"""Bills of several orders in one file, while they are printed and for a day after."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0025"
down_revision = "orders_0024"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "bill_bundle",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("without", JSON, nullable=False),
        sa.Column("printed", sa.Integer(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_bill_bundle_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bill_bundle")),
    )
    op.create_index(op.f("ix_bill_bundle_user_id"), "bill_bundle", ["user_id"])
    op.create_index(op.f("ix_bill_bundle_asked_at"), "bill_bundle", ["asked_at"])
    op.create_index(op.f("ix_bill_bundle_finished_at"), "bill_bundle", ["finished_at", "id"])
