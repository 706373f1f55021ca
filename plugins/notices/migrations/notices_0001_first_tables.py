"""Notices, and what people choose about them. Nobody is told of what happened before."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "notices_0001"
down_revision = None
branch_labels = ("notices",)
depends_on = ("panel_0022", "orders_0013")

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
NEW = sa.text("listed AND read_at IS NULL")
WAITING = sa.text("mail = 'waiting'")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _make_notices()
    _make_choices()
    _make_marks()


def _make_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("route", _one_of("route", "screen", "mail"), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("provider_id", BIG_ID, nullable=True),
        sa.Column("client_id", BIG_ID, nullable=True),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("sound", sa.Boolean(), nullable=False),
        sa.Column("desktop", sa.Boolean(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("mail", _one_of("mailstate", "waiting", "posted", "moot"), nullable=True),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.CheckConstraint("(mail IS NULL) = (route <> 'mail')", name=op.f("ck_notice_mail")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_notice_event_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id")),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_notice_provider_id")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_notice_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "event_id", "recipient", "route", name=op.f("uq_notice_event_id_recipient_route")
        ),
    )
    op.create_index(op.f("ix_notice_user_id_route_id"), "notice", ["user_id", "route", "id"])
    op.create_index(op.f("ix_notice_client_id"), "notice", ["client_id"])
    op.create_index(
        "ix_notice_unread", "notice", ["user_id", "id"], sqlite_where=NEW, postgresql_where=NEW
    )
    op.create_index(
        "ix_notice_waiting", "notice", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING
    )


def _make_choices() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("channels", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_choice_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "notice_quiet_hours",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "begins BETWEEN 0 AND 1439 AND ends BETWEEN 0 AND 1439",
            name=op.f("ck_notice_quiet_hours_minutes"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_quiet_hours_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_quiet_hours")),
    )


def _make_marks() -> None:
    op.create_table(
        "notice_orders_seen",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_orders_seen_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_orders_seen")),
    )
    op.create_table(
        "notice_date_told",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_notice_date_told_order_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "event", "day", name=op.f("pk_notice_date_told")),
    )
    op.create_table(
        "notice_cursor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_cursor")),
    )
    op.execute("INSERT INTO notice_cursor SELECT 1, coalesce(max(id), 0) FROM event")
