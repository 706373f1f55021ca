"""A posting that leaves a balance below zero says to which limit it was held (one exposure)."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0012"
down_revision = "panel_0011"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Older ones say nothing: debts were not counted with the balance then."""
    op.add_column("posting", sa.Column("floor", BIG_ID, nullable=True))
