"""Whole pages as staff open them: a client's history, one order, a new order.

From the cookie to the HTML, beside a bare Flask route that reads the same rows by hand and renders
the same template with ready values.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

from flask import Flask, template_rendered
from flask_login import current_user
from jinja2 import Template
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import alternate
from benchmarks.populated.installation import Installation
from benchmarks.reading.pages_floor import (
    Ready,
    floor_app,
    read_history,
    read_new_order,
    read_order,
)

ROUNDS = 100
# of the request, not of the page
OWN = {"config", "g", "request", "session"}
# a token against forgery, the key of a request: made again each time
SECRETS = re.compile(r'name="(?:csrf_token|request_key)"[^>]* value="[^"]*"')

# what the frame asks for as the page is drawn
WHILE_DRAWN = ("feet", "news", "shell_menu", "shell_palette")

Environ = dict[str, Any]


def measure(installation: Installation) -> Iterator[Line]:
    client, staff = installation.crowd.giant, installation.staff_id
    with closing(installation.plain()) as plain:
        order = plain.value("SELECT max(id) FROM orders WHERE client_id = ?", (client,))
        seller = plain.value("SELECT provider_id FROM membership WHERE client_id = ?", (client,))
        reading = {
            f"/clients/{client}/orders": partial(read_history, plain, client, staff),
            f"/orders/{order}": partial(read_order, plain, order, staff),
            f"/clients/{client}/orders/new": partial(read_new_order, plain, client, seller, staff),
        }
        titles = ("page of history", "page of an order", "page of a new order")
        for title, (path, read) in zip(titles, reading.items(), strict=True):
            yield page_line(installation, plain, title, path, read, installation.cookie)


def page_line(
    installation: Installation,
    plain: Plain,
    title: str,
    path: str,
    read: Callable[[], None],
    cookie: str,
    *,
    rounds: int = ROUNDS,
) -> Line:
    """The page at ``path``, as whoever has ``cookie`` opens it, beside its floor."""
    headers = Headers({"Cookie": cookie})
    asked = EnvironBuilder(path, headers=headers).get_environ()
    bare = floor_app(installation.app, _ready(installation.app, asked), read)
    panel = partial(html, installation.app, asked)
    floor = partial(html, bare, asked)
    assert SECRETS.sub("", panel()) == SECRETS.sub("", floor())
    statements = statements_of_both(installation.panel.database.engine, panel, plain, floor)
    return Line.of_times(title, installation.name, alternate(panel, floor, rounds), statements)


def _ready(app: Flask, asked: Environ) -> Ready:
    """What the panel renders the page with."""
    rendered: list[Ready] = []

    def note(_app: Flask, template: Template, context: Environ, **_more: object) -> None:
        values = {name: value for name, value in context.items() if name not in OWN}
        # there is no panel to ask where the floor draws
        for name in WHILE_DRAWN:
            values[name] = partial(_as_made, values[name]())
        rendered.append(
            Ready(
                str(template.name),
                {**values, "csrf_token": lambda: "made once"},
                current_user._get_current_object(),  # noqa: SLF001 (of a proxy)
            )
        )

    with template_rendered.connected_to(note, app):
        html(app, asked)
    (ready,) = rendered
    return ready


def _as_made(made: object) -> object:
    return made


def html(app: Flask, asked: Environ) -> str:
    body, status, _headers = run_wsgi_app(app.wsgi_app, dict(asked))
    html = b"".join(body).decode()
    assert status == "200 OK", html
    return html
