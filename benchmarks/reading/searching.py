"""Finding orders among very many: by a number, by rare words and by those that all have.

First as the search page and the API look everything up, then the palette as a whole request. The
floor asks the same index by hand for the one kind that is meant, and reads its rows.
"""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import alternate
from benchmarks.populated.installation import Installation
from billing_panel.core.search_results import hits_by_kind
from billing_panel.kernel.extension.hooks import Hit
from billing_panel.kernel.tables.find_search_entries import asked
from billing_panel.kernel.tables.numbers_in_words import shortened
from billing_panel.kernel.tables.search_entries import SUBJECT_BITS, first_id
from plugins.orders.store.order_search import ORDER

ROUNDS, MOST = 20, 5
ROWS = """
    SELECT o.id, c.name, s.titles FROM {found}
    JOIN orders o ON o.id = {subject}
    JOIN client c ON c.id = o.client_id JOIN order_status s ON s.id = o.status_id
    WHERE {condition} ORDER BY {place} DESC LIMIT ?
"""


def measure(installation: Installation) -> Iterator[Line]:
    with closing(installation.plain()) as plain:
        if not plain.is_sqlite:
            # as the panel does: a plan for all words would suit none
            plain.rows("SET plan_cache_mode = force_custom_plan")
        middle = plain.value("SELECT max(id) / 2 FROM orders")
        client = plain.value("SELECT max(id) - 7 FROM client")
        queries = {
            "an order’s number": f"{10_000 + middle}",
            "a login": f"client-{client}",
            "a phone number": "+359 2 888 9911",
            "a word that all orders have": "web-start",
            "a name and a word": "стоянова vps",
            "what nobody has": "zzqx",
        }
        for title, query in queries.items():
            yield _everything(installation, plain, f"search: {title}", query)
        for title, query in queries.items():
            yield _palette(installation, plain, f"palette: {title}", query)


def _everything(installation: Installation, plain: Plain, title: str, query: str) -> Line:
    def panel() -> list[Hit]:
        running = installation.panel
        with running.database.reading() as session:
            found = hits_by_kind(session, running.searched_kinds, query, installation.staff, MOST)
            return [hit for one in found for hit in one.hits]

    return _line(installation, plain, title, panel, partial(_floor, plain, query))


def _palette(installation: Installation, plain: Plain, title: str, query: str) -> Line:
    headers = Headers({"Cookie": installation.cookie})
    builder = EnvironBuilder("/search/palette", headers=headers, query_string={"query": query})
    asked_for = builder.get_environ()

    def panel() -> bytes:
        body, status, _headers = run_wsgi_app(installation.app.wsgi_app, dict(asked_for))
        assert status.startswith("200")
        return b"".join(body)

    return _line(installation, plain, title, panel, partial(_floor, plain, query))


def _line(installation: Installation, plain: Plain, title: str, panel: Any, floor: Any) -> Line:
    statements = statements_of_both(installation.panel.database.engine, panel, plain, floor)
    return Line.of_times(title, installation.name, alternate(panel, floor, ROUNDS), statements)


def _floor(plain: Plain, query: str) -> list[tuple[Any, ...]]:
    """The newest orders that have the words themselves."""
    words = asked(query)
    if plain.is_sqlite:
        sql = ROWS.format(
            found=f"search_words_{ORDER} f",
            subject="f.rowid",
            condition=f"f.search_words_{ORDER} MATCH ?",
            place="f.rowid",
        )
        expression = " AND ".join(f'"{shortened(word)}"' for word in words)
        return plain.rows(sql, (expression, MOST))
    first = first_id(ORDER)
    last = first + (1 << SUBJECT_BITS) - 1
    sql = ROWS.format(
        found="search_entry e",
        subject="e.subject_id",
        condition=" AND ".join(["e.id BETWEEN ? AND ?", *(["e.words LIKE ?"] * len(words))]),
        place="e.id",
    )
    return plain.rows(sql, (first, last, *(f"%{word}%" for word in words), MOST))
