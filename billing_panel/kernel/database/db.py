"""The database: reading and writing transactions, on settings that keep money safe.

1. A write transaction on SQLite begins with BEGIN IMMEDIATE and holds a file lock, so that writers
   queue fairly and what was read cannot change before it is written. On PostgreSQL it runs in READ
   COMMITTED and takes its row locks itself (``SELECT ... FOR UPDATE``, conditional ``UPDATE``).
2. A read transaction cannot write: ``query_only`` on SQLite, READ ONLY on PostgreSQL.
3. What is slow is not done while a transaction writes (``kernel.database.slow_work``).
4. Settings that lose acknowledged commits are refused when a connection is opened.
5. Every wait has an end, and a database that is gone, full or locked is told as Unavailable.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from copy import copy
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import partial
from pathlib import Path

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from billing_panel.kernel.database.slow_work import while_writing
from billing_panel.kernel.database.sqlite_writers import Line
from billing_panel.kernel.database.unavailable import Trouble, Unavailable, told_apart
from billing_panel.kernel.database.written import tell_written
from billing_panel.kernel.language.errors import DomainError, InstallationError

# how long a writer waits for the others before it gives up
WRITE_SECONDS = 10.0
# the same, for what is written only if it costs nobody a wait
NOTE_SECONDS = 0.1
SQLITE_SETTINGS: Mapping[str, object] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "busy_timeout": 10000,
    "foreign_keys": 1,
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


class UnsafeSettings(InstallationError):
    """The database is set in a way that loses acknowledged commits; the message names the cure."""


class Base(DeclarativeBase):
    """Base of all tables; keys, indexes and constraints get their names by one convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# SQLite numbers rows by itself only where the key is spelled INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")
Json = JSON().with_variant(JSONB, "postgresql")
# None is no value, which SQL can ask for
JsonOrNull = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must know its time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Percent(TypeDecorator[Decimal]):
    """An exact percentage with up to four decimals, kept as a whole number of ten-thousandths."""

    impl = Integer
    cache_ok = True

    @override
    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = value.scaleb(4)
        if scaled != scaled.to_integral_value():
            raise ValueError("a percentage has at most four decimals")
        return int(scaled)

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        # "20", not "20.0000" and not "2E+1"
        return Decimal(f"{Decimal(value).scaleb(-4).normalize():f}")


def one_of(kind: type[StrEnum]) -> Enum:
    """A text column that holds only the values of ``kind``, checked by the database too."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def insert_into(
    where: Session | Connection, model: type[Base]
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that says what becomes of a row that is there already (``on_conflict_…``)."""
    bind = where.get_bind() if isinstance(where, Session) else where
    return (postgresql.insert if bind.dialect.name == "postgresql" else sqlite.insert)(model)


class Database:
    """``writing()``, ``reading()`` and ``snapshot()`` are the only ways to a session.

    Each is one transaction.
    """

    def __init__(
        self,
        url: str,
        *,
        write_seconds: float = WRITE_SECONDS,
        info: Mapping[str, object] | None = None,
    ) -> None:
        """``info``: what plugins give to whoever works in a session (``Session.info``)."""
        self.url = make_url(url)
        self.info = {**(info or {})}
        self.write_seconds = write_seconds
        self.refusal: DomainError | None = None
        engine = (_sqlite if self.is_sqlite else _postgresql)(url, write_seconds)
        self._reader = engine.execution_options(reads_only=True, postgresql_readonly=True)
        self._writer = engine
        path = self.url.database if self.is_sqlite else None
        self._line = Line(Path(f"{path}.writer")) if path else None

    @property
    def is_sqlite(self) -> bool:
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """For migrations and measurements; everything else goes through the two transactions."""
        return self._writer

    @contextmanager
    def writing(self, *, wait: float | None = None) -> Iterator[Session]:
        """``wait``: seconds for which other writers are waited for. Raises Unavailable."""
        if self.refusal is not None:
            raise self.refusal
        engine, alone = self._writer, self._alone(self.write_seconds if wait is None else wait)
        if wait is not None:
            engine = engine.execution_options(wait_milliseconds=int(wait * 1000))
        with (
            told_apart(writes=True),
            while_writing(),
            alone,
            engine.connect() as connection,
        ):
            opened = Session(connection, expire_on_commit=False, info=self.info)
            with opened as session, session.begin():
                yield session
            tell_written(connection)

    def note(self, write: Callable[[Session], object]) -> None:
        """Write what nobody misses for a while: who was seen, and when.

        Left out where it would have to wait, or nothing can be written; reading goes on.
        """
        with suppress(Unavailable), self.writing(wait=NOTE_SECONDS) as session:
            write(session)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Raises Unavailable."""
        with (
            told_apart(writes=False),
            Session(self._reader, expire_on_commit=False, info=self.info) as session,
            session.begin(),
        ):
            yield session

    def read_only(self, refusal: DomainError) -> "Database":
        """The same database for whoever only looks: ``writing()`` raises ``refusal``."""
        twin = copy(self)
        twin.refusal = refusal
        return twin

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A read transaction that sees one moment, however long it takes. Raises Unavailable."""
        still = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        reader = self._reader.execution_options(**still)
        with (
            told_apart(writes=False),
            Session(reader, expire_on_commit=False, info=self.info) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        self._writer.dispose()

    def _alone(self, seconds: float) -> AbstractContextManager[None]:
        return self._line.alone(seconds) if self._line else nullcontext()


def _sqlite(url: str, write_seconds: float) -> Engine:
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
    reads_only = connection.get_execution_options().get("reads_only", False)
    wait = connection.get_execution_options()["wait_milliseconds"]
    if connection.info.get("wait_milliseconds", SQLITE_SETTINGS["busy_timeout"]) != wait:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {wait}")
        connection.info["wait_milliseconds"] = wait
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reads_only)}")
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _postgresql(url: str, write_seconds: float) -> Engine:
    engine = create_engine(
        url,
        pool_size=20,
        max_overflow=40,
        pool_pre_ping=True,
        pool_timeout=POOL_SECONDS,
        # what people typed stands in no log
        hide_parameters=True,
        connect_args=dict(POSTGRESQL_CONNECTION),
    )
    event.listen(engine, "connect", partial(_open_postgresql, write_seconds=write_seconds))
    event.listen(engine, "begin", _begin_postgresql)
    return engine


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
