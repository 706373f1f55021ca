"""Sealing: one reader appends settled events to the chain, after they were written.

Writers know nothing of it and wait for nobody. Who is still writing is remembered for the next
time (``late_commit_marks``), and nobody is waited for.
"""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from billing_panel.audit.hash_chain import BEGINNING, Broken, Head, link
from billing_panel.audit.hash_chain_models import EventSeal, SealMark
from billing_panel.audit.witness_file import Witness, end_is_gone
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.late_commit_marks import Mark, log_writers, mark_log
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock

log = logger()

BATCH = 1000
# Any number no other program uses: there is one sealer at a time.
LOCK = 4_820_118


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
    _lock(session)
    kept = session.get_one(SealMark, 1, populate_existing=True)
    before = Mark(kept.up_to, frozenset(kept.writers))
    if not before.is_final(log_writers(session)):
        return 0
    now = mark_log(session)
    kept.up_to, kept.writers = now.seen, sorted(now.writers)
    return before.seen if now.writers else now.seen


def _lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sql("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def sealing(witness: Witness) -> PeriodicJob:
    """Each minute."""

    def run(database: Database, _actor: Actor, clock: Clock) -> None:
        seal_before(witness, database, clock)

    return PeriodicJob("audit.seal", text("Sealing the audit log"), 1, run)
