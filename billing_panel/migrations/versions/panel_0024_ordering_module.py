"""Each provider has a switch for its clients' ordering, and one for a shop without sign-in (D1).

Clients keep what they could do before; the shop without sign-in is off.
"""

import sqlalchemy as sa
from alembic import op

revision = "panel_0024"
down_revision = "panel_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, value in (("clients_may_order", sa.true()), ("shop_window_open", sa.false())):
        op.add_column(
            "provider", sa.Column(name, sa.Boolean(), nullable=False, server_default=value)
        )
