"""A thread that notices each commit, in any process, and wakes those who wait for one.

On PostgreSQL it listens on a connection of its own; on SQLite it asks the file ten times a second
for the number that each commit changes, which reads nothing else. Without the database it tries
again until there is one, and then wakes at once: something may have happened meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from billing_panel.kernel.database.commit_signal import CHANNEL
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.engines.postgresql_engine import POSTGRESQL_CONNECTION
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.process.logs import logger

if TYPE_CHECKING:
    from psycopg import Connection

log = logger()
# of no use on SQLite
CONNECT: Named[Callable[..., Connection]] = Named("psycopg:connect")
LOOK_SECONDS = 0.1
# how soon a thread that listens notices that it is to stop
STOP_SECONDS = 0.25
AGAIN_SECONDS = 1.0


class Watcher:
    """``wake`` is called in the watcher's own thread, and returns at once."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake
        self._over = Event()
        self._thread = Thread(target=self._run, name="watcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Nothing is woken any more once this returns."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        commits = self._on_sqlite if self._database.is_sqlite else self._on_postgresql
        failed = self._database.engine.dialect.loaded_dbapi.Error
        while not self._over.is_set():
            try:
                for _ in commits():
                    self._wake()
            except (failed, OSError) as error:
                log.warning("watching_interrupted", why=type(error).__name__)
                self._over.wait(AGAIN_SECONDS)

    def _on_postgresql(self) -> Iterator[None]:
        address = self._database.url.set(drivername="postgresql")
        waits: Mapping[str, Any] = POSTGRESQL_CONNECTION
        with CONNECT()(
            address.render_as_string(hide_password=False), autocommit=True, **waits
        ) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            yield
            while not self._over.is_set():
                if list(connection.notifies(timeout=STOP_SECONDS, stop_after=1)):
                    yield

    def _on_sqlite(self) -> Iterator[None]:
        path = Path(self._database.url.database or "").resolve()
        # not "rwc": a file that was removed is not made again
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as connection:
            file, seen = path.stat().st_ino, None
            while not self._over.is_set():
                (now,) = connection.execute("PRAGMA data_version").fetchone()
                if now != seen:
                    seen = now
                    yield
                self._over.wait(LOOK_SECONDS)
                if path.stat().st_ino != file:
                    return
