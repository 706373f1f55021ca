"""The barest page of a web shop: fifty orders by hand-written SQL, a bare Flask route, a table.

Three tables are read: orders, clients, lines. Nobody signs in, nothing is judged, there is no menu.
What a page of the panel costs beside it, whatever the machine.
"""

from datetime import datetime
from typing import NamedTuple

from flask import Flask

from benchmarks.measuring.plain_sql import Plain

ROWS = 50
ORDERS = """
    SELECT o.id, o.id + 10000, o.stage, o.total, o.placed_at, o.currency, c.login, c.name,
        (SELECT count(*) FROM order_line l WHERE l.order_id = o.id)
    FROM orders o JOIN client c ON c.id = o.client_id
    ORDER BY o.id DESC LIMIT ?
"""
PAGE = """<!doctype html>
<html><head><title>Orders</title><link rel="stylesheet" href="/s.css"></head>
<body><nav><a href="/">Home</a></nav><h1>Orders</h1>
<table><thead><tr><th>Number<th>Client<th>Login<th>Status<th>Lines<th>Total<th>Date</tr></thead>
<tbody>
{% for o in orders %}<tr class="{{ loop.cycle("a", "b") }}">
<td><a href="/orders/{{ o.number }}">{{ o.number }}</a></td><td>{{ o.name }}</td>
<td>{{ o.login }}</td><td><span class="badge {{ o.stage }}">{{ o.stage|title }}</span></td>
<td>{{ o.lines }}</td><td>{{ "%.2f"|format(o.total / 100) }} {{ o.currency }}</td>
<td>{{ o.day }}</td></tr>
{% endfor %}</tbody></table><p>{{ orders|length }} shown</p></body></html>"""


class Order(NamedTuple):
    """A row of the table."""

    id: int
    number: int
    stage: str
    total: int
    placed_at: str | datetime
    currency: str
    login: str
    name: str
    lines: int

    @property
    def day(self) -> str:
        return str(self.placed_at)[:16]


def barest_app(plain: Plain) -> Flask:
    """Answers ``/`` with the page."""
    app = Flask("barest", static_folder=None)
    page = app.jinja_env.from_string(PAGE)

    @app.get("/")
    def show() -> str:
        return page.render(orders=[Order(*row) for row in plain.rows(ORDERS, (ROWS,))])

    return app
