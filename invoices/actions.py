"""Issuing documents and printing them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import Logo, Provider
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.db import Database
from billing_panel.kernel.events import record
from billing_panel.kernel.locking import locked
from invoices.document import Document, Kind
from invoices.document_search import document_entry
from invoices.functions import InvoicesFunction
from invoices.models import DocumentEvent, DocumentEventKind, DocumentFile, IssuedDocument
from invoices.numbering import next_number
from invoices.queries import find_document
from permissions.guard import require

if TYPE_CHECKING:
    from invoices.press import Draws

_plain = TypeAdapter(Document)


def issue(
    session: Session,
    document: Document,
    *,
    provider: Provider,
    client_id: int,
    actor: Actor,
    at: datetime,
) -> IssuedDocument:
    """Number ``document`` from the provider's series of its kind and keep it, frozen.

    Called by the actions that make a document due; these have asked for the right to it.
    """
    name, series = (
        ("proforma", provider.series_proforma)
        if document.kind is Kind.PROFORMA
        else ("fiscal", provider.series_fiscal)
    )
    number = next_number(session, provider.id, name, series, year=document.issued_on.year)
    numbered = replace(document, number=number)
    row = IssuedDocument(
        provider_id=provider.id,
        client_id=client_id,
        kind=document.kind,
        number=number,
        issued_at=at,
        issued_on=document.issued_on,
        due_on=document.due_on,
        currency=document.currency,
        total=document.total,
        content=_plain.dump_python(numbered, mode="json"),
    )
    session.add(row)
    session.flush()
    session.add(document_entry(row))
    record(
        session,
        "document.issued",
        actor=actor,
        at=at,
        subject=("document", row.id),
        provider_id=provider.id,
        client_id=client_id,
        facts={"kind": document.kind.value, "number": number, "total": document.total},
    )
    return row


def void(session: Session, row: IssuedDocument, *, actor: Actor, at: datetime) -> None:
    """Annul a document, once. Called by the actions that may; it stays printable, as it was."""
    if row.is_void:
        return
    row.events.append(DocumentEvent(kind=DocumentEventKind.VOIDED, at=at, user_id=actor.user_id))
    record(
        session,
        "document.voided",
        actor=actor,
        at=at,
        subject=("document", row.id),
        provider_id=row.provider_id,
        client_id=row.client_id,
        facts={"number": row.number},
    )


def content_of(row: IssuedDocument) -> Document:
    return _plain.validate_python(row.content)


@dataclass(frozen=True)
class Printed:
    number: str
    pdf: bytes


def print_document(
    database: Database, drawing: "Draws", document_id: int, *, actor: Actor, clock: Clock
) -> Printed:
    """The document's PDF: the bytes kept at its first print.

    Raises FunctionNotHeld, NotFound, and what ``drawing`` raises.

    Rendered between two transactions, so that nobody waits for the page to be drawn. Of two first
    prints at once the first to be kept counts for both.
    """
    require(actor, InvoicesFunction.INVOICE_PRINT)
    with database.reading() as session:
        row = find_document(session, actor, document_id)
        kept = session.get(DocumentFile, row.id)
        if kept is not None:
            return Printed(row.number, kept.pdf)
        content = content_of(row)
        logo = session.get(Logo, content.logo) if content.logo else None
    pdf = drawing.pdf(content, logo.png if logo else None)
    with database.writing() as session:
        locked(session, IssuedDocument, document_id)
        kept = session.get(DocumentFile, document_id)
        if kept is None:
            kept = DocumentFile(document_id=document_id, pdf=pdf, made_at=clock.now())
            session.add(kept)
        return Printed(content.number, kept.pdf)
