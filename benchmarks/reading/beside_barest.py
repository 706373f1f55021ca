"""Pages as staff open them, beside the barest page of fifty rows on the same engine.

Both in turns, through the same transport, by the processor's time of this process.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import alternate
from benchmarks.populated.installation import Installation
from benchmarks.reading.barest_page import barest_app
from benchmarks.reading.pages import Environ, html

ROUNDS, DEPTH = 40, 0.9


def measure(installation: Installation) -> Iterator[Line]:
    with closing(installation.plain()) as plain:
        barest = partial(html, barest_app(plain), EnvironBuilder("/").get_environ())
        for title, path in addresses(installation, plain).items():
            environ = asked(path, installation.cookie)
            yield _line(installation, plain, title, environ, barest)


def addresses(installation: Installation, plain: Plain) -> dict[str, str]:
    """Of the pages, by title."""
    client = installation.crowd.giant
    last = plain.value("SELECT max(id) FROM orders")
    deep = int(last * (1 - DEPTH))
    order = plain.value("SELECT max(id) FROM orders WHERE client_id = ?", (client,))
    return {
        "home": "/",
        "orders, first page": "/orders",
        "orders, 90 % deep": f"/orders?from={deep}",
        "orders, active": "/orders?stage=active",
        "orders, unpaid": "/orders?payment=unpaid",
        "orders, of a tariff": "/orders?tariff=web-start",
        "orders, of a week": "/orders?age=week",
        "history of a client": f"/clients/{client}/orders",
        "history, 90 % deep": f"/clients/{client}/orders?from={deep}",
        "an order": f"/orders/{order}",
        "a new order": f"/clients/{client}/orders/new",
        "clients": "/clients",
        "search: a number": f"/search?query={10_000 + last // 2}",
        "search: a common word": "/search?query=web-start",
    }


def asked(path: str, cookie: str) -> Environ:
    """What a server is handed when a browser with ``cookie`` asks for ``path``."""
    address, _, query = path.partition("?")
    headers = Headers({"Cookie": cookie})
    return EnvironBuilder(address, query_string=query, headers=headers).get_environ()


def _line(
    installation: Installation, plain: Plain, title: str, environ: Environ, barest: partial[str]
) -> Line:
    panel = partial(html, installation.app, environ)
    statements = statements_of_both(installation.panel.database.engine, panel, plain, barest)
    pair = alternate(panel, barest, ROUNDS, time.process_time)
    return Line.of_times(title, installation.name, pair, statements)
