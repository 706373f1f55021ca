"""Connections to a database, on settings that keep what was acknowledged."""

import json
import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from time import monotonic
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from billing_panel.kernel.database.unavailable import Trouble, Unavailable
from billing_panel.kernel.language.errors import InstallationError

SQLITE_SETTINGS: Mapping[str, object] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": 10000,
    "foreign_keys": 1,
    # KB of the file that a connection keeps for itself; the system keeps all of it for everybody
    "cache_size": -512,
}
POSTGRESQL_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "default_transaction_isolation": ("read committed",),
    "synchronous_commit": ("on", "remote_apply"),
    "fsync": ("on",),
}


# Waits that end; the last two notice a server that went without saying so.
POSTGRESQL_CONNECTION: Mapping[str, int] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "tcp_user_timeout": 30_000,
}
STATEMENT_SECONDS = 120
POOL_SECONDS = 5
ASKED_AFTER_SECONDS = 1


class UnsafeSettings(InstallationError):
    """The database is set in a way that loses acknowledged commits; the message names the cure."""


def sqlite_engine(url: str, write_seconds: float) -> Engine:
    engine = create_engine(
        url,
        connect_args={"isolation_level": None},
        pool_size=40,
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
        found = _only_value(cursor)
        if found != value:
            raise UnsafeSettings(f"SQLite has {name} = {found} and will not take {value}")
    cursor.close()


def _lower(value: str | float | bytes | None) -> str | float | bytes | None:
    return value.lower() if isinstance(value, str) else value


def _only_value(cursor: DBAPICursor | sqlite3.Cursor) -> object:
    row = cursor.fetchone()
    return row[0] if row else None


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


def postgresql_engine(url: str, write_seconds: float) -> Engine:
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        pool_timeout=POOL_SECONDS,
        # what people typed stands in no log
        hide_parameters=True,
        connect_args=dict(POSTGRESQL_CONNECTION),
    )
    event.listen(engine, "connect", partial(_open_postgresql, write_seconds=write_seconds))
    event.listen(engine, "begin", _begin_postgresql)
    _ask_after_a_pause(engine)
    return engine


def _ask_after_a_pause(engine: Engine) -> None:
    """A connection that lay idle is asked first whether its server is still there.

    Asked at every turn it would be a statement more for each transaction. Whoever meets a server
    that went just now is told Unavailable, and all connections are made anew.
    """

    def given_back(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["given_back"] = monotonic()

    def taken(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        idle = monotonic() - record.info.get("given_back", monotonic())
        if idle < ASKED_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("the server closed the connection") from error

    event.listen(engine, "checkin", given_back)
    event.listen(engine, "checkout", taken)


def _begin_postgresql(connection: Connection) -> None:
    """A transaction that waits less than the others says so, for itself alone."""
    wait = connection.get_execution_options().get("wait_milliseconds")
    if wait is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {wait}")


def _open_postgresql(connection: DBAPIConnection, _record: object, *, write_seconds: float) -> None:
    cursor = connection.cursor()
    for name, accepted in POSTGRESQL_SETTINGS.items():
        cursor.execute(f"SHOW {name}")
        found = _only_value(cursor)
        if found not in accepted:
            raise UnsafeSettings(f"PostgreSQL has {name} = {found}: set it to {accepted[0]}")
    cursor.execute(f"SET lock_timeout = {int(write_seconds * 1000)}")
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SET {name} = '{STATEMENT_SECONDS}s'")
    cursor.close()
    connection.commit()
