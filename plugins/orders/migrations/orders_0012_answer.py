"""Where a client is asked something, their step asks for the answer, in ``hosting`` workflows.

Versions that providers run, older ones too, are given it, so that orders that wait for an answer
today get one. Its row *Resume* becomes two: the client answers, staff may write down what they
heard, and the system goes on as it did. Orders, documents, balances and stock stay as they are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import click
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0012"
down_revision = "orders_0011"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
VERSION = sa.table(
    "workflow_version", sa.column("id"), sa.column("key"), sa.column("content", JSON)
)

Row = dict[str, Any]


def upgrade() -> None:
    bind = op.get_bind()
    changed = 0
    made_of_hosting = sa.select(VERSION).where(VERSION.c.key == "hosting").order_by(VERSION.c.id)
    for row in bind.execute(made_of_hosting).all():
        content = with_answers(row.content)
        if content != row.content:
            changed += 1
            bind.execute(sa.update(VERSION).where(VERSION.c.id == row.id).values(content=content))
    if changed:
        click.echo(f"Versions of workflows in which clients answer what they are asked: {changed}.")


def with_answers(content: Mapping[str, Any]) -> dict[str, Any]:
    """``content``: a whole workflow file made from ``hosting``."""
    rows = [new for row in content.get("transition", []) for new in _answered(row)]
    return {**content, "transition": rows}


def _answered(row: Row) -> Iterator[Row]:
    by = _several(row, "by")
    is_answer = _several(row, "action") == ["resume"] and _several(row, "from") == ["action_needed"]
    if not is_answer or "client" not in by or _several(row, "requires") or _several(row, "asks"):
        yield row
        return
    yield {**row, "by": ["client"], "requires": ["answer"]}
    if others := [who for who in by if who != "client"]:
        yield {**row, "by": others, "asks": ["answer"]}


def _several(row: Row, name: str) -> list[str]:
    written = row.get(name) or []
    return [written] if isinstance(written, str) else [*written]
