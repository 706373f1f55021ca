"""The wording of document events in the log."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from invoices.document import Kind
from invoices.functions import InvoicesFunction
from invoices.store.document_search import documents_numbered
from invoices.store.models import IssuedDocument
from permissions.guard import allows

KINDS: Mapping[str, Text] = {
    "document.issued": text("Document issued"),
    "document.voided": text("Document annulled"),
    "document.printed": text("Document printed for the first time"),
    "document.delivered": text("Answer to an e-invoice"),
    "document.sealed": text("Digest recorded for an earlier document"),
    "document.sealed_file": text("Digest recorded for an earlier PDF"),
}
# Whoever reads an order reads the numbers of its documents there; the log alone shows the rest.
SHOWN_WITH_ORDER = Sight(
    (InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT, "orders:order:read"),
    clients=True,
)
SIGHTS: Mapping[str, Sight] = {
    "document.issued": SHOWN_WITH_ORDER,
    "document.voided": SHOWN_WITH_ORDER,
    "document.printed": Sight(),
    "document.delivered": Sight(),
    "document.sealed": Sight(),
    "document.sealed_file": Sight(),
}
NAMES = {
    Kind.PROFORMA: text("Pro-forma"),
    Kind.ADVANCE: text("Advance invoice"),
    Kind.RECEIPT: text("Receipt"),
    Kind.INVOICE: text("Invoice"),
    Kind.CREDIT_NOTE: text("Credit note"),
}
# functions that tell what a document is for; of a plugin by its name
SEEING = (InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT, "orders:price:read")
SHOWN = (
    IssuedDocument.kind,
    IssuedDocument.number,
    IssuedDocument.currency,
    IssuedDocument.total,
)


def _words(session: Session, events: Sequence[Event], actor: Actor) -> Mapping[int, EventWords]:
    found = select(IssuedDocument).where(IssuedDocument.id.in_({e.subject_id for e in events}))
    rows = {row.id: row for row in session.scalars(found.options(load_only(*SHOWN)))}
    return {event.id: _said(event, rows[event.subject_id], actor) for event in events}


def _said(event: Event, row: IssuedDocument, actor: Actor) -> EventWords:
    seen = allows(actor, *SEEING)
    return EventWords(
        said=KINDS[event.kind],
        told=event.told if seen else {n: v for n, v in event.told.items() if n != "total"},
        details=(
            Detail(NAMES[row.kind], row.number),
            Detail(
                text("Total"),
                Money(row.total, row.currency) if seen else "\N{EM DASH}",
            ),
        ),
        subject=Subject(
            row.number, "documents.pdf", {"document_id": row.id}, InvoicesFunction.INVOICE_PRINT
        ),
    )


def _numbered(session: Session, number: str) -> Sequence[tuple[str, int]]:
    return [("document", document_id) for document_id in documents_numbered(session, number)]


DOCUMENT_EVENTS = EventReader(KINDS, _words, _numbered, SIGHTS)
