"""Logos, delivery services that are no longer offered; workflows belong to the orders plugin."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0002"
down_revision = "panel_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "logo",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_logo")),
    )
    # SQLite adds a reference only together with its column
    op.execute(
        "ALTER TABLE provider ADD COLUMN logo VARCHAR(64)"
        " CONSTRAINT fk_provider_logo_logo REFERENCES logo (digest)"
    )
    op.drop_column("provider", "workflow")
    op.add_column(
        "delivery_service",
        sa.Column("offered", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    op.drop_column("delivery_service", "offered")
    op.add_column(
        "provider",
        sa.Column("workflow", sa.String(length=64), nullable=False, server_default="hosting"),
    )
    op.drop_column("provider", "logo")
    op.drop_table("logo")
