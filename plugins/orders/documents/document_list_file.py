"""The list of documents as a table in a file: what its filters show, all pages of it."""

from collections.abc import Iterator
from dataclasses import replace

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.files.csv_rows import SheetCell, SheetRow
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from invoices.document_event_wording import NAMES
from plugins.orders.documents.document_states import STATE_TITLES
from plugins.orders.documents.list_documents import DocumentFilter, DocumentRow, listed_documents
from plugins.orders.store.models import number_of

# read and sent together
CHUNK = 500
HEADS = (
    text("Kind"),
    text("Number"),
    text("Date"),
    text("Due"),
    text("Provider"),
    text("Client"),
    text("State"),
    text("Orders"),
    text("Corrects"),
    text("Total"),
    text("Paid before"),
    text("Payable"),
    text("Currency"),
)


def document_rows(
    database: Database, actor: Actor, shown: DocumentFilter, language: str
) -> Iterator[SheetRow]:
    """Its heading, then newest first, a chunk a transaction: a slow reader keeps none open.

    Raises FunctionNotHeld.
    """
    yield [say(head, language) for head in HEADS]
    while True:
        with database.reading() as session:
            rows = listed_documents(session, actor, shown, CHUNK)
        for row in rows:
            yield _cells(row, language)
        if len(rows) < CHUNK:
            return
        shown = replace(shown, before=rows[-1].id)


def _cells(row: DocumentRow, language: str) -> list[SheetCell]:
    return [
        say(NAMES[row.kind], language),
        row.number,
        row.issued_on.isoformat(),
        row.due_on.isoformat(),
        row.provider,
        row.client,
        say(STATE_TITLES[row.state], language),
        ", ".join(number_of(order_id) for order_id in row.orders),
        row.corrects or "",
        row.money(row.total),
        row.money(row.prepaid),
        row.money(row.total - row.prepaid),
        row.currency,
    ]
