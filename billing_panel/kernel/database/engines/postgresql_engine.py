"""Connections to PostgreSQL, and how long each of its waits may take."""

from collections.abc import Mapping
from functools import partial
from pkgutil import resolve_name
from time import monotonic

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from billing_panel.kernel.database.engines.safe_settings import UnsafeSettings, only_value

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
# imported when it is needed: whoever is on SQLite loads no psycopg
CURSOR = "billing_panel.kernel.database.engines.postgresql_cursor:LateCursor"
# A page's statements take milliseconds. PostgreSQL takes each row it meets in memory for one that
# it has to fetch from a disk, and starts processes, or a compiler, which take longer than that.
PLANNER: Mapping[str, str] = {"jit": "off", "parallel_setup_cost": "100000"}
STATEMENT_SECONDS = 120
POOL_SECONDS = 5
ASKED_AFTER_SECONDS = 1


def postgresql_engine(url: str, write_seconds: float) -> Engine:
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        pool_timeout=POOL_SECONDS,
        # the one that has prepared what is asked most, and whose server was there just now
        pool_use_lifo=True,
        # what people typed stands in no log
        hide_parameters=True,
        connect_args={**POSTGRESQL_CONNECTION, "cursor_factory": resolve_name(CURSOR)},
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
        found = only_value(cursor)
        if found not in accepted:
            raise UnsafeSettings(f"PostgreSQL has {name} = {found}: set it to {accepted[0]}")
    cursor.execute(f"SET lock_timeout = {int(write_seconds * 1000)}")
    for name, value in PLANNER.items():
        cursor.execute(f"SET {name} = {value}")
    for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
        cursor.execute(f"SET {name} = '{STATEMENT_SECONDS}s'")
    cursor.close()
    connection.commit()
