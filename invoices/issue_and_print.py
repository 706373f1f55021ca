"""Issuing documents and printing them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Logo, Provider
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.plain_objects import add_at_once
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.files.printable_characters import refuse_blanks
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from invoices.document import Document, Kind, Marking, Pictures
from invoices.einvoice.wanted_einvoice import as_wanted
from invoices.functions import InvoicesFunction
from invoices.store.digests import content_digest, file_digest
from invoices.store.document_search import index_document
from invoices.store.find_documents import find_document, marking_of
from invoices.store.models import (
    DocumentCopy,
    DocumentEvent,
    DocumentEventKind,
    DocumentFile,
    IssuedDocument,
)
from invoices.store.numbering import next_number
from invoices.store.older_content import in_words_of_today
from permissions.guard import require

if TYPE_CHECKING:
    from invoices.printing.renderer_pool import Draws

_plain = TypeAdapter(Document)


def issue(
    session: Session,
    document: Document,
    *,
    provider: Provider,
    client_id: int,
    corrects: IssuedDocument | None = None,
    actor: Actor,
    at: datetime,
) -> IssuedDocument:
    """Number ``document`` from the provider's series of its kind and keep it, frozen.

    ``corrects``: what a credit note takes something back of. Called by the actions that make a
    document due; these have asked for the right to it. Raises Refused ``not_an_e_invoice``, before
    a number is taken, where the provider issues e-invoices and a field of this one is wrong.
    """
    document = as_wanted(document, provider.e_invoicing)
    series, year = _series_of(document.kind, provider), document.issued_on.year
    taken = next_number(
        session, provider.id, series.name, series.written, year=year, at=at, first=series.first
    )
    numbered = replace(document, number=taken.number)
    row = IssuedDocument(
        # nothing has happened to it yet: nobody need ask
        events=[],
        provider_id=provider.id,
        client_id=client_id,
        kind=document.kind,
        number=taken.number,
        series=taken.place.series,
        year=taken.place.year,
        n=taken.n,
        issued_at=at,
        issued_on=document.issued_on,
        due_on=document.due_on,
        currency=document.currency,
        total=document.total,
        corrects_id=corrects.id if corrects else None,
        content=_plain.dump_python(numbered, mode="json"),
    )
    add_at_once(session, [row])
    index_document(session, row)
    facts = {"kind": row.kind.value, "total": row.total, "digest": content_digest(row)}
    _note(session, "document.issued", row, facts, actor=actor, at=at)
    return row


@dataclass(frozen=True)
class _Series:
    """``written``: its format; ``first``: what counting begins with."""

    name: str
    written: str
    first: int


def _series_of(kind: Kind, provider: Provider) -> _Series:
    """Credit notes are numbered with invoices unless the provider has a series for them."""
    if kind is Kind.PROFORMA:
        return _Series("proforma", provider.series_proforma, provider.first_proforma)
    if kind is Kind.RECEIPT:
        return _Series("receipt", provider.series_receipt, provider.first_receipt)
    if kind is Kind.CREDIT_NOTE and provider.series_credit_note:
        return _Series("credit_note", provider.series_credit_note, provider.first_credit_note)
    return _Series("fiscal", provider.series_fiscal, provider.first_fiscal)


def void(session: Session, row: IssuedDocument, *, actor: Actor, at: datetime) -> None:
    """Annul a document, once. Called by the actions that may; it stays printable, as it was."""
    if row.is_void:
        return
    row.events.append(DocumentEvent(kind=DocumentEventKind.VOIDED, at=at, user_id=actor.user_id))
    _note(session, "document.voided", row, {}, actor=actor, at=at)


def content_of(row: IssuedDocument) -> Document:
    """Read the document that the row keeps, as it was issued."""
    return _plain.validate_python(in_words_of_today(row.content))


@dataclass(frozen=True)
class Printed:
    """A printed document: its number, and the file."""

    number: str
    pdf: bytes


def print_document(
    database: Database, drawing: "Draws", document_id: int, *, actor: Actor, clock: Clock
) -> Printed:
    """The document's PDF: the bytes kept at its first print.

    Raises FunctionNotHeld, NotFound, Refused ``no_glyph``, and what ``drawing`` raises.

    One that asks for money no more is printed with a mark that says so, so that no print of it
    looks like a bill; that is kept too, beside the document as it was.

    Rendered between two transactions, so that nobody waits for the page to be drawn. Of two first
    prints at once the first to be kept counts for both.
    """
    require(actor, InvoicesFunction.INVOICE_PRINT)
    with database.reading() as session:
        row = find_document(session, actor, document_id)
        marking = marking_of(session, row)
        if pdf := _kept(session, row.id, marking):
            return Printed(row.number, pdf)
        content = content_of(row)
        refuse_blanks(content)
        pictures = _pictures(session, content)
    pdf = drawing.pdf(content, pictures, marking)
    with database.writing() as session:
        locked(session, IssuedDocument, document_id)
        row = session.get_one(IssuedDocument, document_id)
        if kept := _kept(session, document_id, marking):
            return Printed(row.number, kept)
        _keep(session, row, marking, pdf, actor=actor, at=clock.now())
    return Printed(content.number, pdf)


def _pictures(session: Session, content: Document) -> Pictures:
    """Those that the document had when it was issued."""
    digests = (content.logo, content.signature, content.stamp)
    rows = (session.get(Logo, digest) if digest else None for digest in digests)
    return Pictures(*(row.png if row else None for row in rows))


def _kept(session: Session, document_id: int, marking: Marking | None) -> bytes | None:
    kept = (
        session.get(DocumentFile, document_id)
        if marking is None
        else session.get(DocumentCopy, (document_id, marking.mark, marking.on))
    )
    return None if kept is None else kept.pdf


def _keep(
    session: Session,
    row: IssuedDocument,
    marking: Marking | None,
    pdf: bytes,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    facts = {"digest": file_digest(pdf)}
    if marking is None:
        session.add(DocumentFile(document_id=row.id, pdf=pdf, made_at=at))
    else:
        place = {"mark": marking.mark, "marked_on": marking.on}
        session.add(DocumentCopy(document_id=row.id, **place, pdf=pdf, made_at=at))
        facts |= {"mark": marking.mark.value, "marked_on": marking.on.isoformat()}
    _note(session, "document.printed", row, facts, actor=actor, at=at)


def _note(
    session: Session,
    kind: str,
    row: IssuedDocument,
    facts: Mapping[str, object],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("document", row.id),
        provider_id=row.provider_id,
        client_id=row.client_id,
        facts={"number": row.number, **facts},
    )
