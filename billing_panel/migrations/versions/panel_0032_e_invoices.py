"""E-invoices: whether a provider issues them, and what became of those that were sent."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0032"
down_revision = "panel_0031"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.execute(
        "ALTER TABLE provider ADD COLUMN e_invoicing VARCHAR(32) NOT NULL DEFAULT 'off'"
        " CONSTRAINT ck_provider_einvoicing"
        " CHECK (e_invoicing IN ('off', 'factur_x', 'peppol'))"
    )
    op.create_table(
        "document_delivery",
        sa.Column("document_id", BIG_ID, nullable=False),
        sa.Column("sender", sa.String(length=32), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *("handed", "accepted", "refused", "unreachable", "not_addressed"),
                name="sendingstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_document_delivery_document_id")
        ),
        sa.PrimaryKeyConstraint("document_id", "sender", "step", name=op.f("pk_document_delivery")),
    )


def downgrade() -> None:
    op.drop_table("document_delivery")
    op.drop_column("provider", "e_invoicing")
