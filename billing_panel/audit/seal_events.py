"""Sealing: one reader appends what is settled to the chain, long after it was written.

Writers know nothing of it and wait for nobody. On PostgreSQL an event with a lower id may become
visible after one with a higher id, when its transaction commits later. Whoever inserts an event
holds the table lock of an insert from before its id is drawn until its transaction has ended. So:
look which id was drawn last, then who holds that lock; when all of these have ended, no event up to
that id comes any more. Who is still writing is remembered for the next time, and nobody is waited
for. On SQLite there is one writer at a time, and what can be seen is settled.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import func, insert, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.audit.hash_chain import BEGINNING, Broken, Head, link
from billing_panel.audit.models import EventSeal, SealMark
from billing_panel.audit.witness import Witness, end_is_gone
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.extension.hooks import PeriodicJob
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock

log = structlog.get_logger()

BATCH = 1000
# Any number no other program uses: there is one sealer at a time.
LOCK = 4_820_118

LAST_DRAWN = sql("SELECT last_value FROM event_id_seq WHERE is_called")
WRITERS = sql(
    "SELECT DISTINCT virtualtransaction FROM pg_locks"
    " WHERE relation = 'event'::regclass AND mode = 'RowExclusiveLock' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@dataclass(frozen=True)
class Sealed:
    """How many events were sealed now, and the head of the chain after it."""

    number: int
    head: Head


def seal_events(database: Database) -> Sealed:
    """Append every settled event to the chain."""
    with database.writing() as session:
        settled = _settled(session)
    number = 0
    while True:
        with database.writing() as session:
            sealed = _seal_batch(session, settled)
        number += sealed.number
        if sealed.number < BATCH:
            return Sealed(number, sealed.head)


def seal_before(witness: Witness, database: Database, clock: Clock) -> Sealed:
    """Append every settled event to the chain, and tell the witness where it ends now.

    Raises Broken ``end_cut_off`` when the chain does not have the head that was told last: then
    nothing more is told, so that it is still seen later. Raises Unreadable.
    """
    sealed = seal_events(database)
    last = witness.last()
    with database.reading() as session:
        if last is not None and not _has(session, last.head):
            raise Broken(end_is_gone(last), code="end_cut_off")
    if sealed.head.event_id:
        witness.tell(sealed.head, clock.now())
    return sealed


def _has(session: Session, head: Head) -> bool:
    found = select(EventSeal.hash).where(EventSeal.event_id == head.event_id)
    return session.scalar(found) == head.hash


def head_of(session: Session) -> Head:
    """Read where the chain ends; of an empty one that is id 0 and BEGINNING."""
    last = session.scalar(select(EventSeal).order_by(EventSeal.event_id.desc()).limit(1))
    return Head(last.event_id, last.hash) if last else Head(0, BEGINNING)


def _seal_batch(session: Session, settled: int) -> Sealed:
    _lock(session)
    head = head_of(session)
    events = session.scalars(
        select(Event)
        .where(Event.id > head.event_id, Event.id <= settled)
        .order_by(Event.id)
        .limit(BATCH)
    ).all()
    rows = []
    for event in events:
        head = Head(event.id, link(head.hash, event))
        rows.append({"event_id": head.event_id, "hash": head.hash})
    if rows:
        session.execute(insert(EventSeal), rows)
    return Sealed(len(rows), head)


def _settled(session: Session) -> int:
    """The highest id up to which no event can still become visible."""
    if not _is_postgresql(session):
        return session.scalar(select(func.max(Event.id))) or 0
    _lock(session)
    mark = session.get_one(SealMark, 1, populate_existing=True)
    if not set(mark.writers).isdisjoint(session.scalars(WRITERS)):
        return 0
    settled = mark.up_to
    # in this order: whoever drew an id up to the last one holds the lock, or has ended
    mark.up_to = session.scalar(LAST_DRAWN) or 0
    mark.writers = sorted(session.scalars(WRITERS))
    return settled if mark.writers else mark.up_to


def _lock(session: Session) -> None:
    if _is_postgresql(session):
        session.execute(sql("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def _is_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def sealing(witness: Witness) -> PeriodicJob:
    """Each minute."""

    def run(database: Database, _actor: Actor, clock: Clock) -> None:
        try:
            seal_before(witness, database, clock)
        except Refused as refusal:
            # a refusal, not a fault of ours: its sentence says all
            log.error("audit_witness", code=refusal.code, why=str(refusal.message))  # noqa: TRY400

    return PeriodicJob("audit.seal", 1, run)
