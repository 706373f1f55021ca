"""Hands documents over, each once by its id, and keeps what was answered.

E-invoices to senders; receipts to fiscal devices (``register_receipts``).

A step is written down before the sender is asked, in no transaction, and its answer after it. Who
ends in between leaves a document handed: it is handed again, by the same key, when nobody has
answered for a while.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from invoices.document import FISCAL, Document, EInvoicing
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.invoice_of_document import invoice_of
from invoices.einvoice.ubl_invoice import ubl_of
from invoices.einvoice_senders import DocumentToSend, NotReached, NotTaken, Sender
from invoices.issue_and_print import content_of
from invoices.store.einvoice_deliveries import OVER, DocumentDelivery, SendingState
from invoices.store.models import IssuedDocument

AT_ONCE = 50
FIRST_WAIT = timedelta(minutes=5)
MOST_DOUBLINGS = 8  # 21 hours
# what a receiver says is kept so far
MOST_SAID = 1000

log = logger()


@dataclass(frozen=True)
class Answered:
    """By who took it: ``reference``: what they call it; ``said``: their words.

    ``device`` and ``link``: of a fiscal receipt.
    """

    reference: str
    said: str = ""
    device: str = ""
    link: str = ""


class Way(Protocol):
    """Where documents are handed to, under a ``key`` that names it for ever."""

    @property
    def key(self) -> str: ...

    def of(self) -> Sequence[ColumnElement[bool]]:
        """Which documents may go this way at all."""
        ...

    def takes(self, document: Document) -> bool:
        """This one does."""
        ...

    def hand(self, key: str, document: Document) -> Answered:
        """Raises NotTaken, NotReached. In no transaction; the same ``key`` twice is one."""
        ...


@dataclass(frozen=True)
class _BySender:
    """An e-invoice, to whom a plugin brings."""

    sender: Sender

    @property
    def key(self) -> str:
        return self.sender.key

    def of(self) -> Sequence[ColumnElement[bool]]:
        sent = IssuedDocument.content["e_invoicing"].as_string() != EInvoicing.OFF.value
        return IssuedDocument.kind.in_(FISCAL), sent

    def takes(self, document: Document) -> bool:
        return self.sender.takes(document)

    def hand(self, key: str, document: Document) -> Answered:
        invoice = invoice_of(document)
        ubl = ubl_of(invoice) if document.e_invoicing is EInvoicing.PEPPOL else b""
        taken = self.sender.send(DocumentToSend(key, document, ubl, cii_of(invoice)))
        return Answered(taken.reference, taken.said)


@dataclass(frozen=True)
class _Answer:
    state: SendingState
    answered: Answered = Answered("")


NOT_ADDRESSED = _Answer(SendingState.NOT_ADDRESSED)


def send_documents(
    database: Database, senders: Sequence[Sender], *, actor: Actor, clock: Clock
) -> int:
    """Hand over all that are due; how many were answered for good. ``actor`` is the system."""
    ways = [_BySender(sender) for sender in senders]
    return hand_over(database, ways, actor=actor, clock=clock)


def hand_over(database: Database, ways: Sequence[Way], *, actor: Actor, clock: Clock) -> int:
    """The same by any way."""
    over = 0
    for way in ways:
        with database.reading() as session:
            due = _due(session, way, clock.now())
        for document_id, step in due:
            over += _send(database, way, document_id, step, actor=actor, clock=clock)
    return over


def _due(session: Session, way: Way, now: datetime) -> Sequence[tuple[int, int]]:
    """Ids of documents, each with the step that is next; those that wait are passed over."""
    due: list[tuple[int, int]] = []
    after: int | None = 0
    while after is not None and len(due) < AT_ONCE:
        some = _not_over(session, way, after)
        last = _last_steps(session, way, some)
        due += [
            (document_id, last[document_id].step + 1 if document_id in last else 1)
            for document_id in some
            if document_id not in last or _again_at(last[document_id]) <= now
        ]
        after = some[-1] if len(some) == AT_ONCE else None
    return due[:AT_ONCE]


def _not_over(session: Session, way: Way, after: int) -> Sequence[int]:
    """Ids of documents that the sender has no last answer to."""
    is_over = (
        select(DocumentDelivery.step)
        .where(DocumentDelivery.sender == way.key)
        .where(DocumentDelivery.document_id == IssuedDocument.id)
        .where(DocumentDelivery.state.in_(OVER))
        .exists()
    )
    return session.scalars(
        select(IssuedDocument.id)
        .where(*way.of(), ~is_over, IssuedDocument.id > after)
        .order_by(IssuedDocument.id)
        .limit(AT_ONCE)
    ).all()


def _last_steps(session: Session, way: Way, ids: Sequence[int]) -> Mapping[int, DocumentDelivery]:
    """By the ids of their documents."""
    steps = session.scalars(
        select(DocumentDelivery)
        .where(DocumentDelivery.sender == way.key, DocumentDelivery.document_id.in_(ids))
        .order_by(DocumentDelivery.step)
    )
    return {step.document_id: step for step in steps}


def _again_at(last: DocumentDelivery) -> datetime:
    """A step that was handed and one that was answered make a try."""
    doublings: int = 2 ** min(last.step // 2, MOST_DOUBLINGS)
    return last.at + FIRST_WAIT * doublings


def _send(
    database: Database, way: Way, document_id: int, step: int, *, actor: Actor, clock: Clock
) -> bool:
    """A sender that fails keeps nobody else waiting."""
    try:
        with database.writing() as session:
            content = content_of(session.get_one(IssuedDocument, document_id))
            unable = _unable(way, content)
            is_elsewhere = unable == NOT_ADDRESSED
            first = NOT_ADDRESSED if is_elsewhere else _Answer(SendingState.HANDED)
            _write(session, way, document_id, step, first, at=clock.now())
        if is_elsewhere:
            return False
        answer = unable or _ask(way, document_id, content)
        with database.writing() as session:
            _write(session, way, document_id, step + 1, answer, at=clock.now())
            _note(session, way, document_id, answer, actor=actor, at=clock.now())
    except IntegrityError:
        # another worker is at it
        return False
    return answer.state in OVER


def _unable(way: Way, content: Document) -> _Answer | None:
    """Why the document is not handed to the sender; None: it is."""
    try:
        return None if way.takes(content) else NOT_ADDRESSED
    except Exception as trouble:
        log.exception("sender_failed", sender=way.key, document=content.number)
        return _failed(trouble)


def _ask(way: Way, document_id: int, content: Document) -> _Answer:
    try:
        answered = way.hand(str(document_id), content)
    except NotTaken as refusal:
        return _Answer(SendingState.REFUSED, Answered("", str(refusal)[:MOST_SAID]))
    except NotReached as trouble:
        return _Answer(SendingState.UNREACHABLE, Answered("", str(trouble)[:MOST_SAID]))
    except Exception as trouble:
        log.exception("sender_failed", sender=way.key, document=content.number)
        return _failed(trouble)
    return _Answer(SendingState.ACCEPTED, replace(answered, said=answered.said[:MOST_SAID]))


def _failed(trouble: Exception) -> _Answer:
    return _Answer(SendingState.UNREACHABLE, Answered("", type(trouble).__name__))


def _write(
    session: Session, way: Way, document_id: int, step: int, answer: _Answer, *, at: datetime
) -> None:
    session.add(
        DocumentDelivery(
            document_id=document_id,
            sender=way.key,
            step=step,
            at=at,
            state=answer.state,
            **asdict(answer.answered),
        )
    )
    session.flush()


def _note(
    session: Session,
    way: Way,
    document_id: int,
    answer: _Answer,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """The log has the answers that end it; who was not reached is in the steps alone."""
    if answer.state not in OVER:
        return
    row = session.get_one(IssuedDocument, document_id)
    facts: dict[str, object] = {
        "number": row.number,
        "sender": way.key,
        "answer": answer.state.value,
        "reference": answer.answered.reference,
    }
    record(
        session,
        "document.delivered",
        actor=actor,
        at=at,
        subject=("document", row.id),
        provider_id=row.provider_id,
        client_id=row.client_id,
        facts=facts,
    )
