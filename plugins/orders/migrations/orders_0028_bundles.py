"""Any documents in one file, as one PDF or an archive; bundles of bills are kept for a day only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0028"
down_revision = "orders_0027"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.drop_table("bill_bundle")
    op.create_table(
        "document_bundle",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("documents", JSON, nullable=False),
        sa.Column("without", JSON, nullable=False),
        sa.Column("failed", JSON, nullable=False),
        sa.Column("printed", sa.Integer(), nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_document_bundle_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_bundle")),
    )
    op.create_index(op.f("ix_document_bundle_user_id"), "document_bundle", ["user_id"])
    op.create_index(op.f("ix_document_bundle_asked_at"), "document_bundle", ["asked_at"])
    op.create_index(
        op.f("ix_document_bundle_finished_at"), "document_bundle", ["finished_at", "id"]
    )
