"""How far it is agreed in a dialogue that the client collects the order."""

import sqlalchemy as sa
from alembic import op

revision = "messages_0002"
down_revision = "messages_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dialogue", sa.Column("pickup", sa.String(length=16), nullable=True))
