"""The floors, as a bare Flask application for a server of its own: a constant, and SQL by hand.

    FLOOR_DATABASE=… FLOOR_STAFF=1 gunicorn benchmarks.over_http.floor_server:app

Nobody's token is looked at, nothing is judged and no body is read but for the client's id.
"""

import json
import os
from threading import Lock, local

from flask import Flask, Response
from sqlalchemy import make_url

from benchmarks.measuring.plain_sql import Plain
from benchmarks.reading.lists_floor import Page, floor_page
from benchmarks.writing.placing_floor import Written
from billing_panel.migrations.schema import metadata

JSON = "application/json"
TARIFFS = """
    SELECT t.key, t.titles, t.kind, t.stock, t.setup_fee, p.months, p.amount
    FROM tariff t JOIN tariff_price p ON p.tariff_id = t.id
    WHERE t.provider_id = (SELECT provider_id FROM membership WHERE client_id = ? LIMIT 1)
    ORDER BY t.id, p.months
"""
# all tables are known, so that rows of any can be written
metadata()
own = local()
ONCE = Lock()
app = Flask("floors", static_folder=None)


def plain() -> Plain:
    """A connection for each thread."""
    if not hasattr(own, "plain"):
        own.plain = Plain(make_url(os.environ["FLOOR_DATABASE"]))
    made: Plain = own.plain
    return made


def answered(told: object) -> Response:
    return Response(json.dumps(told, default=str, ensure_ascii=False), content_type=JSON)


@app.get("/constant")
def constant() -> Response:
    return Response("{}", content_type=JSON)


@app.get("/history/<int:client_id>")
def history(client_id: int) -> Response:
    staff = int(os.environ["FLOOR_STAFF"])
    return answered({"items": floor_page(plain(), Page(client_id), staff)})


@app.get("/catalogue/<int:client_id>")
def catalogue(client_id: int) -> Response:
    """The same rows without a price for this client: what it costs is the panel's own work."""
    return answered({"items": plain().rows(TARIFFS, (client_id,))})


@app.post("/quote/<int:client_id>")
def quote(client_id: int) -> Response:
    return answered({"items": plain().rows(TARIFFS, (client_id,))})


@app.post("/place/<int:client_id>")
def place(client_id: int) -> Response:
    with ONCE:
        written = app.extensions.setdefault("written", None) or Written.last(plain())
        app.extensions["written"] = written
    written.again(plain(), client_id)
    return answered({})
