"""A plugin of pytest that notes which statements each test sends to PostgreSQL.

``pytest -p tests.sent_statements --sent-to FOLDER`` writes a file of JSON lines for each worker:
the test, the seconds it took, whether it only repeats what SQLite has shown, and its statements,
each without its values. A statement that the database refused is another one.
``scripts/choose_repeats.py`` reads them.
"""

import json
import re
import time
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, ExceptionContext

# what differs from one sending of a statement to another, and what stands for it
DIFFERING = (
    (re.compile(r"%\(\w+\)s(::[A-Z]+( WITH TIME ZONE| PRECISION)?)?|'[^']*'|\b\d+\b"), "?"),
    (re.compile(r"\((\?, )+\?\)"), "(?)"),
    (re.compile(r"(\(\?\), )+\(\?\)"), "(?)"),
    (re.compile(r"SAVEPOINT \w+"), "SAVEPOINT"),
    # whichever columns are written, it is one way of writing them
    (re.compile(r"^(UPDATE \w+ SET) .*? WHERE ", re.DOTALL), r"\1 WHERE "),
    (re.compile(r"^(INSERT INTO \w+) \([^)]*\) "), r"\1 "),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--sent-to", type=Path, help="the folder for notes of statements")


def pytest_configure(config: pytest.Config) -> None:
    folder = config.getoption("--sent-to")
    if folder is not None:
        config.pluginmanager.register(Notes(folder), "notes of statements")


class Notes:
    """What the worker's tests send, one test after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sent: set[str] = set()
        event.listen(Engine, "before_cursor_execute", self._note)
        event.listen(Engine, "handle_error", self._note_refused)

    def _note(self, connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
        if connection.dialect.name == "postgresql":
            self._sent.add(shape(statement))

    def _note_refused(self, context: ExceptionContext) -> None:
        if context.dialect.name == "postgresql" and context.statement is not None:
            refused = type(context.original_exception).__name__
            self._sent.add(f"{refused} {shape(context.statement)}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._sent.clear()
        began = time.monotonic()
        result = yield
        repeats = item.get_closest_marker("repeat") is not None
        noted = [item.nodeid, time.monotonic() - began, repeats, sorted(self._sent)]
        worker = getattr(item.config, "workerinput", {}).get("workerid", "alone")
        with (self._folder / f"{worker}.jsonl").open("a") as file:
            file.write(json.dumps(noted) + "\n")
        return result


@cache
def shape(statement: str) -> str:
    """A short name of the statement, the same whatever values and however many rows it has."""
    for differing, instead in DIFFERING:
        statement = differing.sub(instead, statement)
    return sha256(statement.encode()).hexdigest()[:16]
