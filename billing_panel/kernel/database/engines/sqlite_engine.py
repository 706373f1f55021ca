"""Connections to SQLite, where a connection has one transaction that writes at a time."""

import json
import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from billing_panel.kernel.database.engines.safe_settings import UnsafeSettings, only_value
from billing_panel.kernel.database.unavailable import Trouble, Unavailable

SQLITE_SETTINGS: Mapping[str, object] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": 10000,
    "foreign_keys": 1,
    # KB of the file that a connection keeps for itself; the system keeps all of it for everybody
    "cache_size": -512,
}


def sqlite_engine(url: str, write_seconds: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"isolation_level": None},
        # what lies in memory, which SQLAlchemy gives one connection, is refused when it is opened
        poolclass=QueuePool,
        pool_size=40,
        # the one that keeps what was read just now
        pool_use_lifo=True,
        execution_options={"wait_milliseconds": int(write_seconds * 1000)},
        # what people typed stands in no log
        hide_parameters=True,
        # letters as they are, so that a title can be searched
        json_serializer=partial(json.dumps, ensure_ascii=False),
    )
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if path := make_url(url).database:
        _watch_file(engine, Path(path))
    return engine


def _watch_file(engine: Engine, path: Path) -> None:
    """SQLite writes on into a file that was removed, and makes a new one where there was one."""
    seen: set[Path] = set()

    def before_connecting(*_: object) -> None:
        if path in seen and not path.exists():
            raise Unavailable(Trouble.GONE)

    def connected(_connection: object, record: ConnectionPoolEntry) -> None:
        seen.add(path)
        record.info["file"] = path.stat().st_ino

    def taken(_connection: object, record: ConnectionPoolEntry, _proxy: object) -> None:
        try:
            present = path.stat().st_ino
        except OSError as error:
            raise Unavailable(Trouble.GONE) from error
        if present != record.info["file"]:
            raise DisconnectionError(f"{path} is another file now")

    event.listen(engine, "do_connect", before_connecting)
    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", taken)


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # SQLite's own lower() knows ASCII only: „Стоянова“ could not be found as „стоянова“
    connection.create_function("lower", 1, _lower, deterministic=True)
    cursor = connection.cursor()
    for name, value in SQLITE_SETTINGS.items():
        cursor.execute(f"PRAGMA {name} = {value}")
        cursor.execute(f"PRAGMA {name}")
        found = only_value(cursor)
        if found != value:
            raise UnsafeSettings(f"SQLite has {name} = {found} and will not take {value}")
    cursor.close()


def _lower(value: str | float | bytes | None) -> str | float | bytes | None:
    return value.lower() if isinstance(value, str) else value


def _begin_sqlite(connection: Connection) -> None:
    """What is set already is not set again; straight to the driver, at each transaction's cost."""
    options, known = connection.get_execution_options(), connection.info
    reads_only, wait = options.get("reads_only", False), options["wait_milliseconds"]
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    if known.get("wait_milliseconds", SQLITE_SETTINGS["busy_timeout"]) != wait:
        driver.execute(f"PRAGMA busy_timeout = {wait}")
        known["wait_milliseconds"] = wait
    if known.get("reads_only") is not reads_only:
        driver.execute(f"PRAGMA query_only = {int(reads_only)}")
        known["reads_only"] = reads_only
    driver.execute("BEGIN" if reads_only else "BEGIN IMMEDIATE")
