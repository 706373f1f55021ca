"""Registrations that wait for their address to be confirmed. Nothing there is changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "shop_0002"
down_revision = "shop_0001"
branch_labels = None
depends_on = "panel_0027"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "registration",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("terms_version", sa.String(length=64), nullable=False),
        sa.Column("back", sa.String(length=500), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_registration_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
        sa.UniqueConstraint("secret", name=op.f("uq_registration_secret")),
    )
    for column in ("email", "expires_at"):
        op.create_index(op.f(f"ix_registration_{column}"), "registration", [column])
