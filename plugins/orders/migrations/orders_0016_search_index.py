"""Orders are found by the index, and by what is quoted of them: payments, what was written down."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from alembic import op

from billing_panel.migrations.folded import entry
from billing_panel.migrations.search_words import drop_index, make_index

revision = "orders_0016"
down_revision = "orders_0015"
branch_labels = None
depends_on = "panel_0025"

AT_ONCE = 1_000
FIRST_NUMBER = 10_000
QUOTED = ("answer", "tracking_code")
ENTRY = sa.table("search_entry", *map(sa.column, ("id", "kind", "subject_id", "words")))
ORDER = sa.table(
    "orders", *map(sa.column, ("id", "provider_id", "client_id")), sa.column("fields", sa.JSON())
)
LINE = sa.table(
    "order_line",
    *map(sa.column, ("order_id", "position", "tariff_id")),
    sa.column("titles", sa.JSON()),
)
TARIFF = sa.table("tariff", sa.column("id"), sa.column("key"))
PAYMENT = sa.table("payment", *map(sa.column, ("id", "order_id", "reference", "outside")))


def upgrade() -> None:
    bind = op.get_bind()
    drop_index()
    last = 0
    page = sa.select(ORDER).order_by(ORDER.c.id).limit(AT_ONCE)
    while orders := bind.execute(page.where(ORDER.c.id > last)).all():
        last = orders[-1].id
        op.bulk_insert(ENTRY, [*_orders(bind, orders)])
        op.bulk_insert(ENTRY, [*_written(orders)])
    last = 0
    payments = (
        sa.select(PAYMENT, ORDER.c.provider_id, ORDER.c.client_id)
        .join(ORDER, ORDER.c.id == PAYMENT.c.order_id)
        .where(sa.or_(PAYMENT.c.reference != "", PAYMENT.c.outside != ""))
        .order_by(PAYMENT.c.id)
        .limit(AT_ONCE)
    )
    while found := bind.execute(payments.where(PAYMENT.c.id > last)).all():
        last = found[-1].id
        op.bulk_insert(ENTRY, [_payment(row) for row in found])
    make_index()


def _orders(bind: sa.Connection, orders: Sequence[sa.Row[Any]]) -> Iterator[dict[str, object]]:
    by_id = {row.id: row for row in orders}
    lines = (
        sa.select(LINE.c.order_id, LINE.c.titles, TARIFF.c.key)
        .join(TARIFF, TARIFF.c.id == LINE.c.tariff_id)
        .where(LINE.c.order_id.between(orders[0].id, orders[-1].id))
        .order_by(LINE.c.order_id, LINE.c.position)
    )
    for order_id, rows in groupby(bind.execute(lines), attrgetter("order_id")):
        said = [words for row in rows for words in (row.key, *row.titles.values())]
        order = by_id[order_id]
        yield entry("order", order_id, str(FIRST_NUMBER + order_id), *said, **_whose(order))


def _written(orders: Sequence[sa.Row[Any]]) -> Iterator[dict[str, object]]:
    for order in orders:
        if said := [order.fields[name] for name in QUOTED if order.fields.get(name)]:
            yield entry("order_written", order.id, *said, **_whose(order))


def _payment(row: sa.Row[Any]) -> dict[str, object]:
    said = [one for one in (row.reference, row.outside) if one]
    return entry("payment", row.id, *said, **_whose(row))


def _whose(row: sa.Row[Any]) -> dict[str, Any]:
    return {"providers": [row.provider_id], "client": row.client_id}
