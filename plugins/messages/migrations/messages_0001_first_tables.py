"""Dialogues and what is in them. Orders of before have theirs as soon as somebody writes.

Whoever may write messages may write internal notes as well.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from billing_panel.migrations.grants import give

revision = "messages_0001"
down_revision = None
branch_labels = ("messages",)
depends_on = ("panel_0020", "orders_0013")

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
JSON_OR_NULL = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
MOMENT = sa.DateTime(timezone=True)
GENERAL, NEW = sa.text("order_id IS NULL"), sa.text("appeals > 0")
WRITES, NOTES = "messages:message:write", "messages:note:write"


def upgrade() -> None:
    _make_dialogues()
    _make_messages()
    _make_templates()
    give({WRITES}, [NOTES])


def _make_dialogues() -> None:
    op.create_table(
        "dialogue",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("client_id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=True),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("appeals", sa.Integer(), nullable=False),
        sa.Column("seen_id", BIG_ID, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("last_open_at", MOMENT, nullable=True),
        sa.CheckConstraint("messages >= 0 AND appeals >= 0", name=op.f("ck_dialogue_counts")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_dialogue_provider_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_dialogue_client_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_dialogue_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue")),
        sa.UniqueConstraint("order_id", name=op.f("uq_dialogue_order_id")),
    )
    op.create_index(
        "uq_dialogue_general",
        "dialogue",
        ["client_id", "provider_id"],
        unique=True,
        sqlite_where=GENERAL,
        postgresql_where=GENERAL,
    )
    op.create_index("ix_dialogue_client", "dialogue", ["client_id", "last_open_at", "id"])
    op.create_index("ix_dialogue_provider", "dialogue", ["provider_id", "last_at", "id"])
    op.create_index(
        "ix_dialogue_new",
        "dialogue",
        ["provider_id", "last_at", "id"],
        sqlite_where=NEW,
        postgresql_where=NEW,
    )
    op.create_table(
        "dialogue_mark",
        sa.Column("dialogue_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("read_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_dialogue_mark_dialogue_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_dialogue_mark_user_id")
        ),
        sa.PrimaryKeyConstraint("dialogue_id", "user_id", name=op.f("pk_dialogue_mark")),
    )
    op.create_index(op.f("ix_dialogue_mark_user_id"), "dialogue_mark", ["user_id"])


def _make_messages() -> None:
    sides = sa.Enum(
        "client", "staff", name="side", native_enum=False, create_constraint=True, length=32
    )
    op.create_table(
        "message",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("dialogue_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("side", sides, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("has_sums", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("said", JSON_OR_NULL, nullable=True),
        sa.CheckConstraint("NOT internal OR side = 'staff'", name=op.f("ck_message_internal")),
        sa.ForeignKeyConstraint(
            ["dialogue_id"], ["dialogue.id"], name=op.f("fk_message_dialogue_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_message_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_dialogue_id_id"), "message", ["dialogue_id", "id"])
    op.create_table(
        "message_attachment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("message_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("media_type", sa.String(length=128), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_attachment_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_attachment")),
    )
    op.create_index(op.f("ix_message_attachment_message_id"), "message_attachment", ["message_id"])


def _make_templates() -> None:
    op.create_table(
        "answer_template",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("texts", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_answer_template_provider_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
    )
    op.create_index(op.f("ix_answer_template_provider_id"), "answer_template", ["provider_id"])
