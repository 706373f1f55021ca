"""Clients ask to return what was delivered; an order knows since when it waits for the answer.

Where a shop runs by ``webshop`` or ``marketplace``, older versions too, its clients may ask from
now on, and staff answer. Nobody has asked yet; orders stay as they are.
"""

from collections.abc import Mapping
from typing import Any

import click
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "orders_0019"
down_revision = "orders_0018"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
VERSION = sa.table(
    "workflow_version", sa.column("id"), sa.column("key"), sa.column("content", JSON)
)
# where the client has what was delivered, by the workflow it was made from
DELIVERED = {"webshop": ["delivered"], "marketplace": ["received", "pickup_successful"]}

Row = dict[str, Any]


def upgrade() -> None:
    bind = op.get_bind()
    op.add_column("orders", sa.Column("return_asked_at", sa.DateTime(timezone=True), nullable=True))
    changed = 0
    shipped = sa.select(VERSION).where(VERSION.c.key.in_(DELIVERED)).order_by(VERSION.c.id)
    for row in bind.execute(shipped).all():
        content = with_returns(row.content, DELIVERED[row.key])
        if content != row.content:
            changed += 1
            bind.execute(sa.update(VERSION).where(VERSION.c.id == row.id).values(content=content))
    if changed:
        click.echo(f"Versions of workflows in which clients may ask to return: {changed}.")


def with_returns(content: Mapping[str, Any], delivered: list[str]) -> dict[str, Any]:
    """``content``: a whole workflow file; as it was where it lacks the statuses or has the row."""
    rows = content.get("transition", [])
    known = [one for one in delivered if any(one == s["key"] for s in content["status"])]
    has = any("ask_return" in _several(row, "action") for row in rows)
    if not known or has:
        return dict(content)
    return {**content, "transition": [*rows, *_rows(known)]}


def _rows(delivered: list[str]) -> list[Row]:
    return [
        {
            "from": delivered,
            "action": ["ask_return"],
            "by": ["client"],
            "requires": ["something_delivered", "no_return_asked", "to_return", "return_reason"],
            "effects": ["ask_return"],
        },
        {
            "from": delivered,
            "action": ["accept_return"],
            "by": ["staff"],
            "requires": ["return_asked"],
            "asks": ["client_text"],
            "effects": ["accept_return"],
        },
        {
            "from": delivered,
            "action": ["refuse_return"],
            "by": ["staff"],
            "requires": ["return_asked", "client_text"],
            "effects": ["refuse_return"],
        },
    ]


def _several(row: Row, name: str) -> list[str]:
    written = row.get(name) or []
    return [written] if isinstance(written, str) else [*written]
