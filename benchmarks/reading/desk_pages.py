"""What staff have open all day, as whole requests: Home, and Orders however they are narrowed.

Beside each a bare Flask route that reads the same by hand and renders the page's own template with
ready values; counters beside the one statement that counts no further than they do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Any

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import alternate
from benchmarks.populated.installation import Installation
from benchmarks.reading.pages import page_line
from plugins.orders.listing.status_counts import MOST, counted_statuses

SHOP = "nordvik"
ROUNDS = 40
DEPTH = 0.9
ROWS = """
    SELECT o.id, o.provider_id, o.client_id, c.name, c.login, o.status_id, o.workflow_id, o.stage,
        o.version, o.placed_at, o.placed_by_kind, o.placed_by_id, o.payment_method_id, o.currency,
        o.total, o.points, o.paid, o.paid_points, o.refunded, o.surplus, o.owed,
        (SELECT {list}(l.titles) FROM order_line l WHERE l.order_id = o.id),
        (SELECT max(x.document_id) FROM order_document x WHERE x.order_id = o.id),
        (SELECT d.due_at FROM order_deadline d WHERE d.order_id = o.id)
    FROM orders o JOIN client c ON c.id = o.client_id
    WHERE {where} AND {provider} IN (SELECT provider_id FROM staff_provider WHERE staff_id = ?)
    ORDER BY {place} DESC LIMIT 51
"""
# of each status no more than are told, as the statuses stand
COUNTED = """
    SELECT s.id, s.key, s.titles, s.stage,
        (SELECT count(*) FROM (SELECT 1 FROM orders o WHERE o.status_id = s.id LIMIT {most}) AS n)
    FROM order_status s
    WHERE s.provider_id IN (SELECT provider_id FROM staff_provider WHERE staff_id = ?)
    ORDER BY s.provider_id, s.position
"""
# what waits: new by status, due, overdue and owed, each no further than a hundred
WAITING = """
    SELECT count(*), min(status_since) FROM (SELECT o.status_since FROM orders o
        WHERE o.status_id = ? ORDER BY o.id LIMIT 100) a
    UNION ALL SELECT count(*), min(due_at) FROM (SELECT d.due_at FROM order_deadline d
        JOIN orders o ON o.id = d.order_id WHERE d.due_at < ? ORDER BY d.due_at LIMIT 100) b
    UNION ALL SELECT count(*), NULL FROM (SELECT 1 FROM orders o
        WHERE o.provider_id = ? AND o.due_on < ?
        AND (o.owed > 0 OR (o.paid < o.total AND o.stage IN ('new', 'open'))) LIMIT 100) c
    UNION ALL SELECT count(*), min(placed_at) FROM (SELECT o.placed_at FROM orders o
        WHERE o.provider_id = ? AND o.owed > 0 ORDER BY o.id LIMIT 100) d
"""

Where = tuple[str, Sequence[Any]]


def measure(installation: Installation) -> Iterator[Line]:
    with closing(installation.plain()) as plain:
        yield _counters(installation, plain)
        home, hers = _home(installation, plain), installation.cookie
        yield page_line(installation, plain, "Home", "/", home, hers, rounds=ROUNDS)
        for name, (asked, where) in _narrowed(installation, plain).items():
            read = partial(_read_orders, installation, plain, where)
            path = f"/orders?{asked}" if asked else "/orders"
            title = f"Orders, {name}"
            yield page_line(installation, plain, title, path, read, hers, rounds=ROUNDS)


def _counters(installation: Installation, plain: Plain) -> Line:
    ids = [row[0] for row in plain.rows("SELECT id FROM provider ORDER BY id")]

    def panel() -> list[int | None]:
        with installation.panel.database.reading() as session:
            return [one.count for one in counted_statuses(session, ids)]

    floor = partial(_counted, installation, plain)
    statements = statements_of_both(installation.panel.database.engine, panel, plain, floor)
    times = alternate(panel, floor, ROUNDS)
    return Line.of_times("counters of statuses", installation.name, times, statements)


def _counted(installation: Installation, plain: Plain) -> None:
    plain.rows(COUNTED.format(most=MOST + 1), (installation.staff_id,))


def _home(installation: Installation, plain: Plain) -> Callable[[], None]:
    now = installation.panel.clock.now()
    seller = plain.value("SELECT id FROM provider WHERE key = ?", (SHOP,))
    first = "SELECT id FROM order_status WHERE provider_id = ? ORDER BY position LIMIT 1"
    status, soon = plain.value(first, (seller,)), plain.to_store(now + timedelta(days=1))
    values = (status, soon, seller, now.date().isoformat(), seller)
    return lambda: _counted_up(plain, values)


def _counted_up(plain: Plain, values: Sequence[object]) -> None:
    assert len(plain.rows(WAITING, values)) == 4


def _read_orders(installation: Installation, plain: Plain, where: Where) -> None:
    condition, values = where
    place = "o.due_on DESC, o.id" if "due_on" in condition else "o.id"
    place = "o.placed_at DESC, o.id" if "placed_at" in condition else place
    lists = "json_group_array" if plain.is_sqlite else "json_agg"
    provider = "+o.provider_id" if plain.is_sqlite else "o.provider_id"
    sql = ROWS.format(list=lists, provider=provider, where=condition, place=place)
    with plain.transaction():
        plain.rows(sql, (*values, installation.staff_id))
        _counted(installation, plain)


def _narrowed(installation: Installation, plain: Plain) -> Mapping[str, tuple[str, Where]]:
    """By title: what the address asks, and the same by hand."""
    now = installation.panel.clock.now()
    seller = plain.value("SELECT id FROM provider WHERE key = ?", (SHOP,))
    live = plain.value("SELECT max(id) FROM orders")
    status, key = plain.rows(
        "SELECT s.id, s.key FROM order_status s JOIN orders o ON o.status_id = s.id WHERE o.id = ?",
        (live,),
    )[0]
    count = plain.value("SELECT count(*) FROM orders")
    deep = int(live - count * DEPTH)
    by_key = "SELECT id FROM tariff WHERE provider_id = ? AND key = ?"
    tariff = plain.value(by_key, (seller, "sfp-10g"))
    giant = installation.crowd.giant
    login = plain.value("SELECT login FROM client WHERE id = ?", (giant,))
    day, week = plain.to_store(now - timedelta(days=1)), plain.to_store(now + timedelta(days=7))
    asks = "(o.owed > 0 OR (o.paid < o.total AND o.stage IN ('new', 'open')))"
    of_seller = "o.provider_id = ?"
    with_line = "o.id IN (SELECT l.order_id FROM order_line l WHERE l.tariff_id = ?)"
    due = "o.id IN (SELECT d.order_id FROM order_deadline d WHERE d.due_at < ?)"
    return {
        "first page": ("", ("o.id > ?", [0])),
        "90 % deep": (f"from={deep}", ("o.id < ?", [deep])),
        "of a status": (f"status=nordvik.{key}", ("o.status_id = ?", [status])),
        "new": ("stage=new", (f"{of_seller} AND o.stage = 'new'", [seller])),
        "history": ("stage=ended", (f"{of_seller} AND o.stage IN ('done', 'lost')", [seller])),
        "of a provider": ("provider=nordvik", (of_seller, [seller])),
        "unpaid": ("payment=unpaid", (f"{of_seller} AND o.payment_state = 'unpaid'", [seller])),
        "with a debt": ("payment=owed", (f"{of_seller} AND o.owed > 0", [seller])),
        "overdue": (
            "payment=overdue",
            (f"{of_seller} AND o.due_on < ? AND {asks}", [seller, now.date().isoformat()]),
        ),
        "of the largest client": (f"client={login}", ("o.client_id = ?", [giant])),
        "with a tariff": ("tariff=sfp-10g", (with_line, [tariff])),
        "of the last day": ("age=day", (f"{of_seller} AND o.placed_at >= ?", [seller, day])),
        "placed by clients": (
            "placed_by=client",
            (f"{of_seller} AND o.placed_by_kind = 'client'", [seller]),
        ),
        "with a deadline": ("deadline=week", (due, [week])),
        "unread": ("unread=yes", (of_seller, [seller])),
        "found by a number": (f"query={10_000 + live}", ("o.id = ?", [live])),
    }
