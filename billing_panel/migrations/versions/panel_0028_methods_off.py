"""A payment method can be switched off for a time. All are on."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0028"
down_revision = "panel_0027"
branch_labels = None
depends_on = None

EMPTY = sa.text("''")


def upgrade() -> None:
    op.add_column(
        "payment_method", sa.Column("off_until", sa.DateTime(timezone=True), nullable=True)
    )
    for name in ("off_for_clients", "off_for_staff"):
        words = sa.Column(name, sa.String(), nullable=False, server_default=EMPTY)
        op.add_column("payment_method", words)
