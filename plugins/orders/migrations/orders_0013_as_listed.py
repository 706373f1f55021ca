"""Webshops: Incomplete each time the client leaves, New after it; one list of statuses for all.

Orders, documents, balances and stock stay as they are. What changes:

- An order that runs by an older version of its workflow has its statuses in the order of the list
  of today, which each older version now keeps beside what it was.
- A payment remembers when the client last left for its page: for those begun before, when they
  were begun.
- Versions of the web shop that providers run, older ones too, say of leaving, of success, and of
  what staff may set from Incomplete what the shipped workflow says today; how many is said. Ways
  set by hand that an owner has taken out of the others are not put back.
"""

from collections.abc import Mapping
from typing import Any

import click
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0013"
down_revision = "orders_0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
NULLABLE_JSON = sa.JSON(none_as_null=True).with_variant(
    postgresql.JSONB(none_as_null=True), "postgresql"
)
VERSION = sa.table(
    "workflow_version",
    sa.column("id"),
    sa.column("provider_id"),
    sa.column("number"),
    sa.column("key"),
    sa.column("content", JSON),
    sa.column("listed", NULLABLE_JSON),
)

Row = dict[str, Any]

FROM_ALL = ["stage:new", "stage:open", "stage:done"]
# the message: the status it leads to, from where whatever else is true, from where on which fact
MESSAGES = {
    "payment_succeeded": ("new", "came_by_gateway"),
    "payment_failed": ("payment_failed", "left_from_here"),
    "payment_in_review": ("awaiting_payment", "left_from_here"),
}
LEFT = "left_for_gateway"
BY_STAFF = ("processing", "on_hold", "pending")


def upgrade() -> None:
    op.add_column("workflow_version", sa.Column("listed", NULLABLE_JSON, nullable=True))
    op.add_column("payment", sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE payment SET left_at = begun_at WHERE page IS NOT NULL")
    _give_words()
    _list_anew()


def _give_words() -> None:
    bind = op.get_bind()
    changed = 0
    for row in bind.execute(sa.select(VERSION).order_by(VERSION.c.id)).all():
        content = with_ways_of_today(row.key, row.content)
        if content != row.content:
            changed += 1
            bind.execute(sa.update(VERSION).where(VERSION.c.id == row.id).values(content=content))
    if changed:
        click.echo(f"Versions of the web shop given the ways of today: {changed}.")


def _list_anew() -> None:
    """Each older version gets the statuses of the newest."""
    bind = op.get_bind()
    rows = bind.execute(sa.select(VERSION).order_by(VERSION.c.number)).all()
    newest = {row.provider_id: row for row in rows}
    for row in rows:
        last = newest[row.provider_id]
        if row.id != last.id:
            listed = last.content["status"]
            bind.execute(sa.update(VERSION).where(VERSION.c.id == row.id).values(listed=listed))


def with_ways_of_today(key: str, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """``content`` of the workflow ``key`` as it is stored; the same where it says so already."""
    written = content.get("transition", [])
    if key != "webshop" or any(row.get("when") == ["came_by_gateway"] for row in written):
        return content
    rows = [new for row in written for new in _rows(row)]
    changed = {**content, "transition": rows}
    if matrix := content.get("by_hand"):
        changed["by_hand"] = _with_incomplete(matrix, [s["key"] for s in content["status"]])
    return changed


def _rows(row: Row) -> list[Row]:
    """What a row is today: a message leads on from everywhere on its fact, and as it did."""
    actions = _several(row, "action")
    if actions == [LEFT] and row.get("to") == "incomplete":
        return [{**row, "from": ["incomplete", *FROM_ALL]}]
    target, fact = MESSAGES.get(actions[0], (None, "")) if len(actions) == 1 else (None, "")
    if target is None or row.get("to") != target or row.get("when"):
        return [row]
    return [{**row, "from": FROM_ALL, "when": [fact]}, row]


def _with_incomplete(matrix: Row, order: list[str]) -> Row:
    """Where staff set the three by hand at all, they do so from Incomplete."""
    rows = matrix["from"]
    marks = ["+" if to in BY_STAFF else "-" for to in matrix["to"]]
    if "incomplete" in rows or "+" not in marks:
        return matrix
    given = {**rows, "incomplete": " ".join(marks)}
    return {**matrix, "from": {key: given[key] for key in order if key in given}}


def _several(row: Row, name: str) -> list[str]:
    written = row.get(name) or []
    return [written] if isinstance(written, str) else [*written]
