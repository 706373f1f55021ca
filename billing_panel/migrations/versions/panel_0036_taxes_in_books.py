"""Revenue and tax in the books by the tax they carry; deferred revenue; money in transit, and fees.

Postings of before are told their taxes by the plugin of orders, which knows them (orders_0027).
"""

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0036"
down_revision = "panel_0035"
branch_labels = None
depends_on = None

CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O")
ACCOUNTS = (
    *("balance", "points", "receivable", "opening", "revenue", "deferred", "tax"),
    *("bank", "cash", "card", "courier", "write_off", "fees"),
)
ADDED = ("deferred", "courier", "fees")
ENTRIES = (
    *("opening", "credited", "debited", "paid", "refunded", "owed", "debt_lifted"),
    *("points_earned", "points_lost", "points_expired", "reversed", "charged_back", "released"),
    "paid_out",
)


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    _allow(postgresql=postgresql)
    op.add_column("provider", sa.Column("revenue_released_on", sa.Date(), nullable=True))
    # they are made again once the schema is up to date
    of = " ON posting" if postgresql else ""
    for change in ("update", "delete", "truncate" if postgresql else "replace"):
        op.execute(f"DROP TRIGGER IF EXISTS posting_refuses_{change}{of}")
    known = ", ".join(f"'{one}'" for one in CATEGORIES)
    op.execute(
        "ALTER TABLE posting ADD COLUMN tax_category VARCHAR(32)"
        f" CONSTRAINT ck_posting_taxcategory CHECK (tax_category IN ({known}))"
    )
    op.add_column("posting", sa.Column("tax_percent", sa.Integer(), nullable=True))
    op.add_column("posting", sa.Column("tax_place", sa.String(length=16), nullable=True))


def _allow(*, postgresql: bool) -> None:
    """The kinds of accounts and entries stand in a CHECK."""
    if not postgresql:
        bind = op.get_bind()
        accounts = ", ".join(f"'{one}'" for one in ACCOUNTS)
        before = ", ".join(f"'{one}'" for one in ACCOUNTS if one not in ADDED)
        rewrite_table(bind, "ledger_account", before, accounts)
        more = "'charged_back', 'released', 'paid_out')"
        rewrite_table(bind, "ledger_entry", "'charged_back')", more)
        return
    for table, name, kinds in (
        ("ledger_account", "ck_ledger_account_accountkind", ACCOUNTS),
        ("ledger_entry", "ck_ledger_entry_entrykind", ENTRIES),
    ):
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, sa.column("kind").in_(kinds))
