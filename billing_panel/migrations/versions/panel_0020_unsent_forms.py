"""What is sent by somebody who is not signed in any more is kept for them. Nothing else changes."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0020"
down_revision = "panel_0019"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "unsent_form",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_unsent_form_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsent_form")),
        sa.UniqueConstraint("secret", name=op.f("uq_unsent_form_secret")),
    )
    op.create_index(op.f("ix_unsent_form_user_id"), "unsent_form", ["user_id"])
    op.create_index(op.f("ix_unsent_form_expires_at"), "unsent_form", ["expires_at"])
