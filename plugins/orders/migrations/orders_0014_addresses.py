"""The place an order goes to has parts: lines, post code, city, region, country.

What orders placed before say stays in the lines as it was.
"""

import sqlalchemy as sa
from alembic import op

revision = "orders_0014"
down_revision = "orders_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("post_code", "city", "region"):
        op.add_column("orders", _column(f"delivery_{name}", sa.String()))
    op.add_column("orders", _column("delivery_country", sa.String(length=2)))


def _column(name: str, kind: sa.String) -> sa.Column[str]:
    return sa.Column(name, kind, nullable=False, server_default="")
