"""Bad debts in the books; and each time that a provider's months were closed or opened again.

What was closed before is taken over from the log.
"""

import json
from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.sqlite import rewrite_table

revision = "panel_0040"
down_revision = "panel_0039"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACCOUNTS = (
    *("balance", "points", "receivable", "opening", "revenue", "deferred", "tax"),
    *("bank", "cash", "card", "courier", "write_off", "fees", "bad_debt"),
)
ENTRIES = (
    *("opening", "credited", "debited", "paid", "refunded", "owed", "debt_lifted"),
    *("points_earned", "points_lost", "points_expired", "reversed", "charged_back", "released"),
    *("paid_out", "written_off", "expected_again"),
)
LOGGED = """SELECT id, at, provider_id, user_id, facts, personal, coalesce(
        (SELECT max(e.id) FROM ledger_entry AS e WHERE e.at <= event.at), 0) AS after_entry
    FROM event
    WHERE kind IN ('provider.books_closed', 'provider.books_reopened') ORDER BY id"""


def upgrade() -> None:
    _allow()
    made = op.create_table(
        "books_closing",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("provider_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("after_entry", BIG_ID, nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["provider.id"], name=op.f("fk_books_closing_provider_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_books_closing_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_books_closing")),
    )
    op.create_index(op.f("ix_books_closing_provider_id_id"), "books_closing", ["provider_id", "id"])
    logged = sa.text(LOGGED).columns(at=sa.DateTime(timezone=True))
    rows = [_row(row) for row in op.get_bind().execute(logged)]
    if rows:
        op.bulk_insert(made, rows)


def _row(event: sa.Row[Any]) -> dict[str, object]:
    words = (_json(event.personal) or {}).get("words", {})
    return {
        "provider_id": event.provider_id,
        "at": event.at,
        "user_id": event.user_id,
        "after_entry": event.after_entry,
        "closed_on": date.fromisoformat(_json(event.facts)["closed_on"]),
        "reason": words.get("reason", ""),
    }


def _json(written: Any) -> Any:
    return json.loads(written) if isinstance(written, str) else written


def _allow() -> None:
    """The kinds of accounts and entries stand in a CHECK."""
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        rewrite_table(bind, "ledger_account", "'fees')", "'fees', 'bad_debt')")
        more = "'paid_out', 'written_off', 'expected_again')"
        rewrite_table(bind, "ledger_entry", "'paid_out')", more)
        return
    for table, name, kinds in (
        ("ledger_account", "ck_ledger_account_accountkind", ACCOUNTS),
        ("ledger_entry", "ck_ledger_entry_entrykind", ENTRIES),
    ):
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, sa.column("kind").in_(kinds))
