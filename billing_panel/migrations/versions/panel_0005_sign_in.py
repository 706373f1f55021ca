"""Second factors, counted attempts, sessions that tell where they began, tokens that expire."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0005"
down_revision = "panel_0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _sessions()
    _second_factors()
    op.create_table(
        "attempt_count",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("wait_until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt_count")),
    )
    op.create_index(op.f("ix_attempt_count_last_at"), "attempt_count", ["last_at"])
    op.create_table(
        "outside_identity",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("bound_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_outside_identity_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_outside_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_outside_identity_issuer_subject")),
    )
    op.add_column("api_token", sa.Column("expires_at", MOMENT, nullable=True))
    op.add_column("api_token", sa.Column("last_used_at", MOMENT, nullable=True))
    op.add_column(
        "department",
        sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _sessions() -> None:
    """Made anew: nobody knows where the sessions of before began, and they last hours."""
    op.drop_table("sign_in_session")
    op.create_table(
        "sign_in_session",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column(
            "awaits",
            sa.Enum(
                "code", "set_up", name="step", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=256), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_sign_in_session_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_session")),
        sa.UniqueConstraint("secret", name=op.f("uq_sign_in_session_secret")),
    )
    op.create_index(op.f("ix_sign_in_session_expires_at"), "sign_in_session", ["expires_at"])
    op.create_index(op.f("ix_sign_in_session_user_id"), "sign_in_session", ["user_id"])


def _second_factors() -> None:
    op.create_table(
        "second_factor",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("sealed_secret", sa.String(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_second_factor_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "code", name=op.f("pk_recovery_code")),
    )
