"""Who has an order in hand, who is looking at it, and where orders wait for an operator.

Nobody has an order in hand yet. Statuses get what the newest workflow of their provider lets staff
do in them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0023"
down_revision = "orders_0022"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("stage IN ('new', 'open')")
VERSION = sa.table(
    "workflow_version",
    sa.column("provider_id"),
    sa.column("number"),
    sa.column("content", JSON),
)
STATUS = sa.table(
    "order_status", sa.column("provider_id"), sa.column("key"), sa.column("desk_steps", JSON)
)
ACTIONS = ("accept", "pay", "complete", "cancel", "void")


def upgrade() -> None:
    _make_tables()
    op.add_column("order_status", sa.Column("desk_steps", JSON, nullable=True))
    op.create_index(
        "ix_orders_desk",
        "orders",
        ["status_id", "id"],
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )
    bind = op.get_bind()
    newest = {
        row.provider_id: row.content
        for row in bind.execute(sa.select(VERSION).order_by(VERSION.c.number))
    }
    for provider_id, content in newest.items():
        for key, actions in _steps(content).items():
            own = sa.and_(STATUS.c.provider_id == provider_id, STATUS.c.key == key)
            bind.execute(sa.update(STATUS).where(own).values(desk_steps=actions))


def _make_tables() -> None:
    op.create_table(
        "order_claim",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_claim_order_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_order_claim_user_id")
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_claim")),
    )
    op.create_index(op.f("ix_order_claim_user_id"), "order_claim", ["user_id"])
    op.create_table(
        "order_look",
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_look_order_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_order_look_user_id")
        ),
        sa.PrimaryKeyConstraint("order_id", "user_id", name=op.f("pk_order_look")),
    )
    op.create_index(op.f("ix_order_look_user_id"), "order_look", ["user_id"])


def _steps(content: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """What ``workflow.desk_steps`` finds, of the file alone."""
    stages = {status["key"]: status["stage"] for status in content["status"]}
    there: dict[str, set[str]] = {key: set() for key in stages}
    accepted, finishing = set(), set()
    for row in content.get("transition", ()):
        if not any(by.partition(":")[0] == "staff" for by in _several(row.get("by", ()))):
            continue
        for key in _sources(row, stages):
            there[key].update(_several(row.get("action", ())))
            if "accept" in _several(row.get("action", ())) and row.get("to"):
                accepted.add(row["to"])
            if {"void", "complete"} & set(_several(row.get("action", ()))):
                finishing.add(key)
    waiting = {key for key, done in there.items() if "accept" in done and stages[key] == "new"}
    return {
        key: [action for action in ACTIONS if action in there[key]]
        for key in (waiting | accepted | finishing if waiting else ())
        if stages.get(key) in ("new", "open")
    }


def _several(written: str | Sequence[str]) -> Sequence[str]:
    return (written,) if isinstance(written, str) else written


def _sources(row: Mapping[str, Any], stages: Mapping[str, str]) -> Sequence[str]:
    named = _several(row["from"])
    return [
        key
        for key, stage in stages.items()
        if key in named or (f"stage:{stage}" in named and key != row.get("to"))
    ]
