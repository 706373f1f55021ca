"""A kind of entry for what a payment system takes back after a dispute."""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0009"
down_revision = "panel_0008"
branch_labels = None
depends_on = None

ENTRIES = (
    "opening",
    "credited",
    "debited",
    "paid",
    "refunded",
    "owed",
    "debt_lifted",
    "points_earned",
    "points_lost",
    "points_expired",
    "reversed",
    "charged_back",
)


def upgrade() -> None:
    name = op.f("ck_ledger_entry_entrykind")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, "ledger_entry", type_="check")
        op.create_check_constraint(name, "ledger_entry", sa.column("kind").in_(ENTRIES))
        return
    rewrite_table(op.get_bind(), "ledger_entry", "'reversed')", "'reversed', 'charged_back')")
