"""What is searched is found by an index, and whose it is stands with it.

Entries of clients, their contacts, tariffs and documents are made anew; those of orders by the
migration of orders that depends on this one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.folded import entry, fold
from billing_panel.migrations.search_words import drop_index, make_index

revision = "panel_0025"
down_revision = "panel_0024"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT_ONCE = 1_000
REACHED = ("email", "accounting_emails", "phone", "vat_number", "tax_number")
CLIENT = sa.table("client", *map(sa.column, ("id", "login", "name", "account_number", *REACHED)))
MEMBERSHIP = sa.table("membership", *map(sa.column, ("client_id", "provider_id")))
TARIFF = sa.table(
    "tariff",
    *map(sa.column, ("id", "provider_id", "key", "category")),
    sa.column("titles", sa.JSON()),
)
DOCUMENT = sa.table("document", *map(sa.column, ("id", "provider_id", "client_id", "number")))

Row = sa.Row[Any]


def upgrade() -> None:
    drop_index()
    op.drop_table("search_entry")
    search_entry = op.create_table(
        "search_entry",
        sa.Column("id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entry")),
    )
    bind = op.get_bind()
    providers = defaultdict[int, list[int]](list)
    for client_id, provider_id in bind.execute(sa.select(*MEMBERSHIP.c)):
        providers[client_id].append(provider_id)
    makers: Iterable[tuple[sa.TableClause, Callable[[Row], list[dict[str, object]]]]] = (
        (CLIENT, lambda row: _client(row, providers[row.id])),
        (TARIFF, _tariff),
        (DOCUMENT, _document),
    )
    for table, entries in makers:
        for rows in bind.execute(sa.select(table)).partitions(AT_ONCE):
            op.bulk_insert(search_entry, [one for row in rows for one in entries(row)])
    make_index()


def _client(row: Row, providers: list[int]) -> list[dict[str, object]]:
    digits = "".join(one for one in fold(row.phone) if one in "0123456789")
    reached = (row.email, row.accounting_emails, row.vat_number, row.tax_number)
    contacts = entry("client_contacts", row.id, *reached, providers=providers)
    contacts["words"] = f"{contacts['words']}{digits} "
    named = (row.login, row.name, str(row.account_number))
    return [entry("client", row.id, *named, providers=providers), contacts]


def _tariff(row: Row) -> list[dict[str, object]]:
    said = (row.key, row.category, *row.titles.values())
    return [entry("tariff", row.id, *said, providers=[row.provider_id])]


def _document(row: Row) -> list[dict[str, object]]:
    whose: dict[str, Any] = {"providers": [row.provider_id], "client": row.client_id}
    return [entry("document", row.id, row.number, **whose)]
