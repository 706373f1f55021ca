"""The database: reading and writing transactions, on settings that keep money safe.

1. A write transaction on SQLite begins with BEGIN IMMEDIATE and holds a file lock, so that writers
   queue fairly and what was read cannot change before it is written. On PostgreSQL it runs in READ
   COMMITTED and takes its row locks itself (``SELECT ... FOR UPDATE``, conditional ``UPDATE``).
2. A read transaction cannot write: ``query_only`` on SQLite, READ ONLY on PostgreSQL.
3. What is slow is not done while a transaction writes (``no_slow_work_while_writing``).
4. Settings that lose acknowledged commits are refused when a connection is opened.
5. Every wait has an end, and a database that is gone, full or locked is told as Unavailable.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from copy import copy
from pathlib import Path
from threading import local

from sqlalchemy import (
    Connection,
    Engine,
    make_url,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.commit_signal import tell_written
from billing_panel.kernel.database.engines.postgresql_engine import postgresql_engine
from billing_panel.kernel.database.engines.sqlite_engine import sqlite_engine
from billing_panel.kernel.database.no_slow_work_while_writing import while_writing
from billing_panel.kernel.database.plain_objects import PlainSession
from billing_panel.kernel.database.rows_written_at_commit import LATE, write_late
from billing_panel.kernel.database.sqlite_writers import Line
from billing_panel.kernel.database.unavailable import Unavailable, told_apart
from billing_panel.kernel.language.errors import DomainError

# how long a writer waits for the others before it gives up
WRITE_SECONDS = 10.0
# the same, for what is written only if it costs nobody a wait
NOTE_SECONDS = 0.1
# where a session has what it leaves to be done once it is over
AFTERWARDS = "afterwards"


def insert_into(
    where: Session | Connection, model: type[Base]
) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that says what becomes of a row that is there already (``on_conflict_…``)."""
    bind = where.get_bind() if isinstance(where, Session) else where
    return (postgresql.insert if bind.dialect.name == "postgresql" else sqlite.insert)(model)


def afterwards(session: Session, write: Callable[[Session], object]) -> None:
    """Write something in a transaction of its own once this one is over, also when it is undone."""
    left = session.info.get(AFTERWARDS)
    if isinstance(left, list):
        left.append(write)


class _Reads(local):
    """The session that each thread reads by, innermost first; None: by none."""

    session: Session | None = None

    @contextmanager
    def by(self, session: Session) -> Iterator[None]:
        before, self.session = self.session, session
        try:
            yield
        finally:
            self.session = before


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
        before_writing: Callable[[], object] = object,
    ) -> None:
        """``info``: what plugins give to whoever works in a session (``Session.info``).

        ``before_writing`` makes sure that every table is known to whoever writes.
        """
        self._before_writing = before_writing
        self.url = make_url(url)
        self.info = {**(info or {})}
        self.write_seconds = write_seconds
        self.refusal: DomainError | None = None
        engine = (sqlite_engine if self.is_sqlite else postgresql_engine)(url, write_seconds)
        self._reader = engine.execution_options(reads_only=True, postgresql_readonly=True)
        self._writer = engine
        path = self.url.database if self.is_sqlite else None
        self._line = Line(Path(f"{path}.writer")) if path else None
        self._reads = _Reads()

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
        self._before_writing()
        engine, alone = self._writer, self._alone(self.write_seconds if wait is None else wait)
        if wait is not None:
            engine = engine.execution_options(wait_milliseconds=int(wait * 1000))
        with (
            self._then() as info,
            told_apart(writes=True),
            while_writing(),
            alone,
            engine.connect() as connection,
        ):
            opened = PlainSession(connection, expire_on_commit=False, info={**info, LATE: []})
            with opened as session, session.begin():
                yield session
                # whoever has taken all of it back has left nothing
                if session.in_transaction():
                    write_late(session)
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
            self._then() as info,
            told_apart(writes=False),
            Session(self._reader, expire_on_commit=False, info=info) as session,
            session.begin(),
            self._reads.by(session),
        ):
            yield session

    @contextmanager
    def reading_along(self) -> Iterator[Session]:
        """In the transaction that this thread reads in, or else in one of its own.

        For what stands beside a page that is being read: with a connection more for each, pages
        could wait for each other until none gets a second one. Raises Unavailable.
        """
        with nullcontext(self._reads.session) if self._reads.session else self.reading() as session:
            yield session

    @contextmanager
    def _then(self) -> Iterator[dict[str, object]]:
        """What a session finds; what it leaves to be done ``afterwards`` is done at the end."""
        left: list[Callable[[Session], object]] = []
        try:
            yield {**self.info, AFTERWARDS: left}
        finally:
            if left and self.refusal is None:
                with suppress(Unavailable), self.writing() as session:
                    for write in left:
                        write(session)

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
