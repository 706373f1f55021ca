"""The floor: hand-written SQL straight through the driver, on equally safe settings."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import URL

from billing_panel.kernel.database.engines.sqlite_engine import SQLITE_SETTINGS

Row = tuple[Any, ...]


class Plain:
    """One connection. ``?`` marks a value on both engines; ``sent`` counts statements."""

    def __init__(self, url: URL) -> None:
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.sent = 0
        self._connection: Any = _sqlite(url) if self.is_sqlite else _postgresql(url)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        self.sent += 1
        cursor = self._connection.execute(self._own(sql), values)
        return cursor.fetchall() if cursor.description else []

    def value(self, sql: str, values: Sequence[object] = ()) -> Any:
        ((value,),) = self.rows(sql, values)
        return value

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE" if self.is_sqlite and writes else "BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def from_json(self, value: Any) -> Any:
        """SQLite gives JSON as text, psycopg as what it says."""
        return json.loads(value) if self.is_sqlite else value

    def to_store(self, value: Any) -> Any:
        """A value as it was read or as Python has it, fit to be written."""
        if self.is_sqlite and isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        if not isinstance(value, (dict, list)):
            return value
        return json.dumps(value) if self.is_sqlite else Jsonb(value)

    def close(self) -> None:
        self._connection.close()

    def _own(self, sql: str) -> str:
        return sql if self.is_sqlite else sql.replace("?", "%s")


def _sqlite(url: URL) -> sqlite3.Connection:
    connection = sqlite3.connect(url.database or "", isolation_level=None, check_same_thread=False)
    for name, value in SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    return connection


def _postgresql(url: URL) -> "psycopg.Connection[Row]":
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)
