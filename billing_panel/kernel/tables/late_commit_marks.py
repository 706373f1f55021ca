"""Rows that become visible after rows with a higher id, and when no more of them can come.

On PostgreSQL a transaction draws an id when it inserts and shows the row when it commits, so a
lower id may appear after a higher one. Whoever inserts holds the table lock of an insert from
before the id is drawn until the transaction has ended. So: note what has been seen, then who holds
such locks; once all of these have ended, nothing comes any more below what was seen. On SQLite
there is one writer at a time, and what can be seen is final.

Whatever reads the log in order stands on this: the seal, the live feed, notices, account e-mails.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import TextClause, func, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.kernel.tables.event_log import Event

LAST_DRAWN = sql("SELECT last_value FROM event_id_seq WHERE is_called")
WRITERS = (
    "SELECT DISTINCT virtualtransaction FROM pg_locks"
    " WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
ALL_WRITERS = sql(WRITERS)
LOG_WRITERS = sql(f"{WRITERS} AND relation = 'event'::regclass")

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class Mark(Generic[Seen]):
    """What a reader has seen, and the transactions that were writing right after."""

    seen: Seen
    writers: AbstractSet[str] = frozenset()

    def is_final(self, writing: AbstractSet[str]) -> bool:
        """Whether nothing can come any more below what was seen; ``writing``: who writes now."""
        return self.writers.isdisjoint(writing)


def log_writers(session: Session) -> frozenset[str]:
    """Transactions that may have written an event and have not ended."""
    return _found(session, LOG_WRITERS)


def all_writers(session: Session) -> frozenset[str]:
    """Transactions that may have written into any table and have not ended."""
    return _found(session, ALL_WRITERS)


def mark_log(session: Session) -> Mark[int]:
    """The highest id that an event can have by now, and who may still write one up to it."""
    if not comes_late(session):
        return Mark(session.scalar(select(func.max(Event.id))) or 0)
    # in this order: whoever drew an id up to the last one holds the lock, or has ended
    last = session.scalar(LAST_DRAWN) or 0
    return Mark(last, log_writers(session))


def _found(session: Session, writers: TextClause) -> frozenset[str]:
    return frozenset(session.scalars(writers)) if comes_late(session) else frozenset()


def comes_late(session: Session) -> bool:
    """Whether a row may become visible after one with a higher id: on PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"
