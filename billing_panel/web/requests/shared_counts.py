"""Counts of requests that all processes of one machine share: a small SQLite file of its own.

``limits``, on which Flask-Limiter stands, counts in the memory of one process, or in Redis. In the
panel's own database each request would wait for its writers. What is counted is worth nothing after
a minute, so nothing here is ever flushed to the disk.
"""

import os
import sqlite3
import time
from pathlib import Path
from threading import local
from urllib.parse import quote, unquote, urlsplit

from limits.storage import Storage
from typing_extensions import override

SCHEME = "panel-file"
# whoever is not let in within a moment is counted by the next process, in memory
BUSY_SECONDS = 1.0
# once in so many new counts those that are over are deleted
SWEEP_EVERY = 200

TABLE = """
CREATE TABLE IF NOT EXISTS counted (key TEXT PRIMARY KEY, number INTEGER, ends REAL) WITHOUT ROWID
"""
COUNT = """
INSERT INTO counted VALUES (:key, :amount, :ends) ON CONFLICT (key) DO UPDATE SET
    number = CASE WHEN ends <= :now THEN :amount ELSE number + :amount END,
    ends = CASE WHEN ends <= :now THEN :ends ELSE ends END
RETURNING number
"""


def file_address(path: Path) -> str:
    """Name the file as the place where counts are kept."""
    return f"{SCHEME}://{quote(str(path.resolve()))}"


class SharedCounts(Storage):
    """Counts within windows of time that begin with the first request."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 (as limits spells it)

    def __init__(self, uri: str, wrap_exceptions: bool = False, **_more: object) -> None:  # noqa: FBT001, FBT002
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._path = unquote(urlsplit(uri).path)
        self._own = local()
        self._new = 0

    @property
    @override
    def base_exceptions(self) -> type[Exception]:
        return sqlite3.Error

    @override
    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.time()
        values = {"key": key, "amount": amount, "now": now, "ends": now + expiry}
        (number,) = self._connection.execute(COUNT, values).fetchone()
        if number == amount:
            self._new += 1
            if self._new % SWEEP_EVERY == 0:
                self._connection.execute("DELETE FROM counted WHERE ends <= ?", (now,))
        return int(number)

    @override
    def get(self, key: str) -> int:
        return int(self._read("number", key) or 0)

    @override
    def get_expiry(self, key: str) -> float:
        return self._read("ends", key) or time.time()

    @override
    def check(self) -> bool:
        try:
            self._connection.execute("SELECT 1")
        except sqlite3.Error:
            return False
        return True

    @override
    def reset(self) -> int:
        return self._connection.execute("DELETE FROM counted").rowcount

    @override
    def clear(self, key: str) -> None:
        self._connection.execute("DELETE FROM counted WHERE key = ?", (key,))

    def _read(self, column: str, key: str) -> float | None:
        found = f"SELECT {column} FROM counted WHERE key = ? AND ends > ?"  # noqa: S608 (ours)
        row = self._connection.execute(found, (key, time.time())).fetchone()
        return None if row is None else float(row[0])

    @property
    def _connection(self) -> sqlite3.Connection:
        """One for each thread, and none that was made before the processes parted."""
        process = os.getpid()
        if getattr(self._own, "process", None) != process:
            made = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            made.execute("PRAGMA journal_mode = WAL")
            made.execute("PRAGMA synchronous = OFF")
            made.execute(TABLE)
            self._own.connection, self._own.process = made, process
        connection: sqlite3.Connection = self._own.connection
        return connection
