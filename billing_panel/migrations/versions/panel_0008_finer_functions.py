"""Functions made finer: whoever held what they were part of holds them, so nobody loses anything."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.grants import department_function, give, staff_function

revision = "panel_0008"
down_revision = "panel_0007"
branch_labels = None
depends_on = None

# functions of which one was enough → what it gave, by its own name now
GRANTS = (
    (
        frozenset({"orders:workflow:change"}),
        ("orders:status_list:change", "orders:transition:change"),
    ),
    (frozenset({"orders:history:read", "orders:order:read"}), ("orders:price:read",)),
    (frozenset({"balance:balance:read"}), ("balance:statement:export",)),
)
GONE = ("orders:workflow:change",)


def upgrade() -> None:
    for sources, given in GRANTS:
        give(sources, given, gone=GONE)
    for table in (department_function, staff_function):
        op.execute(sa.delete(table).where(table.c.function.in_(GONE)))
