"""The last account number, counted in a row that is locked: two new clients never get the same."""

import sqlalchemy as sa
from alembic import op

revision = "panel_0014"
down_revision = "panel_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    counter = op.create_table(
        "account_counter",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_counter")),
    )
    client = sa.table("client", sa.column("account_number"))
    bind = op.get_bind()
    last = bind.scalar(sa.select(sa.func.max(client.c.account_number)))
    bind.execute(sa.insert(counter).values(id=1, last=last or 100_000))
