"""Webhooks: endpoints, their secrets, deliveries and each try."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "webhooks_0001"
down_revision = None
branch_labels = ("webhooks",)
depends_on = ("panel_0034",)

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)
WAITS = sa.text("state = 'waiting'")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _refers(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _make_endpoints()
    _make_deliveries()


def _make_endpoints() -> None:
    name = "webhook_endpoint"
    op.create_table(
        name,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("title", sa.String(length=128), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("functions", JSON, nullable=True),
        sa.Column("event_id", BIG_ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("off_at", MOMENT, nullable=True),
        sa.Column(
            "off_reason",
            _one_of("offreason", "by_hand", "failing", "gone", "person"),
            nullable=True,
        ),
        sa.Column("failing_since", MOMENT, nullable=True),
        _refers(name, "provider_id", "provider"),
        _refers(name, "user_id", "user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_provider_id"), name, ["provider_id"])
    name = "webhook_secret"
    op.create_table(
        name,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("endpoint_id", BIG_ID, nullable=False),
        sa.Column("sealed", sa.String(length=500), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("good_until", MOMENT, nullable=True),
        _refers(name, "endpoint_id", "webhook_endpoint"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_endpoint_id"), name, ["endpoint_id"])


def _make_deliveries() -> None:
    name = "webhook_delivery"
    op.create_table(
        name,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("endpoint_id", BIG_ID, nullable=False),
        sa.Column("event_id", BIG_ID, nullable=True),
        sa.Column("message_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("lane", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            _one_of("deliverystate", "waiting", "delivered", "dead", "withheld"),
            nullable=False,
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("claimed_until", MOMENT, nullable=True),
        _refers(name, "endpoint_id", "webhook_endpoint"),
        _refers(name, "event_id", "event"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(
            "endpoint_id", "event_id", name=op.f(f"uq_{name}_endpoint_id_event_id")
        ),
        sa.UniqueConstraint("message_id", name=op.f(f"uq_{name}_message_id")),
    )
    op.create_index(op.f(f"ix_{name}_endpoint_id_state_id"), name, ["endpoint_id", "state", "id"])
    op.create_index(op.f(f"ix_{name}_ended_at"), name, ["ended_at"])
    for short, columns in (("lane", ["endpoint_id", "lane", "id"]), ("due", ["due_at"])):
        op.create_index(
            f"ix_{name}_{short}", name, columns, sqlite_where=WAITS, postgresql_where=WAITS
        )
    name = "webhook_attempt"
    op.create_table(
        name,
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("delivery_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        _refers(name, "delivery_id", "webhook_delivery"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_delivery_id"), name, ["delivery_id"])
