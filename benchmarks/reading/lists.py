"""Lists of orders: the history of a client with very many, and those of all clients.

First through the query and its answer alone, then as a whole request: beside a bare Flask
route, which asks for no token.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import alternate
from benchmarks.populated.installation import Installation
from benchmarks.reading.lists_floor import PAGE, Json, Page, floor_app, floor_page
from billing_panel.accounts.access.scope import find_client
from plugins.orders.lifecycle.order_json import order_answers
from plugins.orders.listing.listed_orders import all_orders, history
from plugins.orders.listing.order_filter import OrderFilter

DEPTH = 0.9
ROUNDS = 150


def measure(installation: Installation) -> Iterator[Line]:
    client_id = installation.crowd.giant
    with closing(installation.plain()) as plain:
        pages = {
            "history, first page": Page(client_id),
            "history, 90 % deep": Page(client_id, _deep(plain, client_id)),
            "all orders, first page": Page(None),
        }
        for title, page in pages.items():
            yield _rows(installation, plain, title, page)
        for title, page in pages.items():
            yield _request(installation, plain, f"GET {title}", page)


def _rows(installation: Installation, plain: Plain, title: str, page: Page) -> Line:
    panel = partial(_panel_page, installation, page)
    floor = partial(floor_page, plain, page, installation.staff_id)
    return _line(installation, plain, title, panel, floor, _gist)


def _request(installation: Installation, plain: Plain, title: str, page: Page) -> Line:
    path = f"/api/v1/clients/{page.client_id}/orders" if page.client_id else "/api/v1/orders"
    headers = Headers({"Authorization": f"Bearer {installation.token}"})
    query = {"cursor": str(page.before)} if page.before else None
    asked = EnvironBuilder(path, headers=headers, query_string=query).get_environ()
    panel = partial(_answer, installation.app, asked)
    floor = partial(_answer, floor_app(plain, installation.staff_id), asked)
    return _line(installation, plain, title, panel, floor, lambda answer: _gist(_items(answer)))


def _line(
    installation: Installation,
    plain: Plain,
    title: str,
    panel: Callable[[], Any],
    floor: Callable[[], Any],
    gist: Callable[[Any], object],
) -> Line:
    assert gist(panel()) == gist(floor())
    statements = statements_of_both(installation.panel.database.engine, panel, plain, floor)
    return Line.of_times(title, installation.name, alternate(panel, floor, ROUNDS), statements)


def _panel_page(installation: Installation, page: Page) -> list[Json]:
    staff, shown = installation.staff, OrderFilter(before=page.before, limit=PAGE)
    with installation.panel.database.reading() as session:
        if page.client_id is None:
            rows = all_orders(session, staff, shown)
        else:
            client = find_client(session, staff, client_id=page.client_id)
            rows = history(session, staff, client, shown)
        return [answer.plain() for answer in order_answers(session, rows, "en", staff)]


def _answer(app: Flask, asked: Json) -> bytes:
    body, _status, _headers = run_wsgi_app(app.wsgi_app, dict(asked))
    return b"".join(body)


def _items(answer: bytes) -> list[Json]:
    items = json.loads(answer)["items"]
    assert isinstance(items, list)
    return items


def _deep(plain: Plain, client_id: int) -> int:
    """The id of the order after which the deep page begins."""
    count = plain.value("SELECT count(*) FROM orders WHERE client_id = ?", (client_id,))
    nth = "SELECT id FROM orders WHERE client_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
    return int(plain.value(nth, (client_id, int(count * DEPTH))))


def _gist(rows: list[Json]) -> list[Any]:
    """What must be equal for the two to have done the same work."""
    return [
        (row["id"], row["total"], len(row["invoices"]), [line["amount"] for line in row["lines"]])
        for row in rows
    ]
