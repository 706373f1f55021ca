"""Letters, a provider's own texts and sender, and an e-mail address of each user.

Whoever was the first to sign in for a client as its owner gets the client's address; nobody else
has one yet. Nothing that happened before is written to anybody.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "panel_0021"
down_revision = "panel_0020"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
JSON_OR_NULL = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
STATES = ("waiting", "handing_over", "sent", "uncertain", "failed", "shown")


def upgrade() -> None:
    op.add_column(
        "user_account", sa.Column("email", sa.String(), nullable=False, server_default="")
    )
    _give_addresses()
    _make_letters()
    _make_settings()


def _give_addresses() -> None:
    op.execute(
        "UPDATE user_account SET email = (SELECT client.email FROM client"
        " JOIN client_user ON client_user.client_id = client.id"
        " WHERE client_user.user_id = user_account.id)"
        " WHERE id IN (SELECT min(user_id) FROM client_user WHERE role = 'owner'"
        " GROUP BY client_id)"
    )


def _make_letters() -> None:
    op.create_table(
        "letter",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                *STATES, name="letterstate", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("to", sa.String(length=320), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("secrets", sa.String(), nullable=True),
        sa.Column("provider_id", BIG_ID, nullable=True),
        sa.Column("client_id", BIG_ID, nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("thread", sa.String(length=64), nullable=True),
        sa.Column("attachments", JSON_OR_NULL, nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("posted_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("give_up_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_letter_client_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_letter_provider_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_letter_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_letter_key")),
    )
    op.create_index(op.f("ix_letter_state_due_at"), "letter", ["state", "due_at"])
    for whose in ("provider_id", "client_id", "user_id"):
        op.create_index(op.f(f"ix_letter_{whose}_id"), "letter", [whose, "id"])


def _make_settings() -> None:
    op.create_table(
        "mail_template",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_mail_template_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_template")),
        sa.UniqueConstraint(
            "provider_id",
            "kind",
            "language",
            name=op.f("uq_mail_template_provider_id_kind_language"),
        ),
    )
    op.create_table(
        "mail_sender",
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reply_to", sa.String(length=320), nullable=False),
        sa.Column("footers", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_mail_sender_provider_id")
        ),
        sa.PrimaryKeyConstraint("provider_id", name=op.f("pk_mail_sender")),
    )
    op.create_table(
        "mail_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_cursor")),
    )
    op.execute("INSERT INTO mail_cursor SELECT 1, coalesce(max(id), 0) FROM event")
