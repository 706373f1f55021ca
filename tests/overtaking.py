"""Two transactions, of which the second begins before the first has committed, without sleeping.

``overtaking`` runs ``first`` up to its commit, then ``second`` in a thread of its own until it is
done or waits for a lock, and only then lets ``first`` commit. So whatever ``second`` reads before
its lock is what was there before ``first``: who decides on that goes wrong, and each time.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, cast

from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import DomainError

# what is done with a database: each transaction by ``database.writing()``
Act = Callable[[Database], object]
# a race that hangs fails instead
PATIENCE = 60
LOOKS_EVERY = 0.005
WAITING = sql(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@dataclass
class _Slowed:
    """The database of somebody who does ``before_commit`` once, before they first commits."""

    database: Database
    before_commit: Callable[[], None]
    is_slow: bool = field(default=True, init=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        with self.database.writing() as session:
            yield session
            session.flush()
            if self.is_slow:
                self.is_slow = False
                self.before_commit()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)


@dataclass
class _Watched:
    """The database of somebody who tells when they come to write."""

    database: Database
    has_come: Event = field(default_factory=Event)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        self.has_come.set()
        with self.database.writing() as session:
            yield session

    def __getattr__(self, name: str) -> Any:
        return getattr(self.database, name)


def told(act: Act, database: object) -> object:
    """What it came to; of a refusal its code."""
    try:
        return act(cast("Database", database))
    except DomainError as refusal:
        return refusal.code


def overtaking(database: Database, first: Act, second: Act) -> tuple[object, object]:
    """What ``first`` came to, and ``second``, which began before ``first`` committed."""
    begun: list[Future[object]] = []
    watched = _Watched(database)

    with ThreadPoolExecutor(1) as pool:

        def meanwhile() -> None:
            begun.append(pool.submit(told, second, watched))
            _until_it_waits(database, begun[0], watched.has_come)

        of_first = told(first, _Slowed(database, meanwhile))
        # one that was refused has nothing to commit
        of_second = begun[0].result(PATIENCE) if begun else told(second, database)
    return of_first, of_second


def _until_it_waits(database: Database, begun: Future[object], has_come: Event) -> None:
    for _ in range(int(PATIENCE / LOOKS_EVERY)):
        if wait([begun], LOOKS_EVERY).done or _waits(database, has_come):
            return
    raise AssertionError("it neither ends nor waits")


def _waits(database: Database, has_come: Event) -> bool:
    if database.is_sqlite:
        return has_come.is_set()
    with database.reading() as session:
        return bool(session.scalar(WAITING))
