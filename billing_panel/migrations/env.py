"""Run by Alembic, always on a connection that ``upgrade`` has opened."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from billing_panel.kernel.database.column_types import Percent, UtcDateTime
from billing_panel.migrations.schema import is_described, metadata


def render_item(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Migrations spell plain types: they must not change when ours do."""
    if kind != "type":
        return False
    match item:
        case UtcDateTime():
            return "sa.DateTime(timezone=True)"
        case Percent():
            return "sa.Integer()"
        case JSON():
            return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
        case _:
            return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    render_item=render_item,
    include_object=is_described,
)
with context.begin_transaction():
    context.run_migrations()
