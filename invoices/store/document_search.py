"""Documents as they are searched: by their numbers."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    enter,
    entry,
    searchable,
)
from billing_panel.kernel.tables.search_index import Page, Sought, asked, entries, scope_marks
from billing_panel.kernel.values.actor import Actor
from invoices.store.models import IssuedDocument

DOCUMENT = "document"


def enter_document(session: Session, row: IssuedDocument) -> None:
    """Once and for all: what is issued never changes."""
    enter(session, [_entry(row)])


def documents_found(session: Session, query: str, actor: Actor, page: Page) -> Sequence[int]:
    """Ids of documents in scope, newest first, whose numbers have the words of ``query``."""
    words = asked(query)
    if not words:
        return ()
    found = entries(session, Sought(DOCUMENT, [words], scope_marks(actor), before=page.before))
    ids = select(found.subject).select_from(found.rows).where(found.condition)
    return session.scalars(ids.order_by(found.place.desc()).limit(page.limit)).all()


def documents_numbered(session: Session, number: str, actor: Actor | None = None) -> Sequence[int]:
    """Ids of documents with this very number, however it is typed: ``co-1`` is ``СО-1``.

    ``actor`` None: whosever they are.
    """
    words = asked(number)
    if not words:
        return ()
    within = None if actor is None else scope_marks(actor)
    found = entries(session, Sought(DOCUMENT, [words], within))
    whole = SearchEntry.words.endswith(f" {searchable(number)} ", autoescape=True)
    page = select(SearchEntry.subject_id).join(found.rows, SearchEntry.id == found.place)
    return session.scalars(page.where(found.condition, whole).limit(MOST_ALIKE)).all()


# as many providers may have given a document the same number
MOST_ALIKE = 50


def _entry(row: IssuedDocument) -> SearchEntry:
    return entry(DOCUMENT, row.id, row.number, providers=[row.provider_id], client=row.client_id)


def _wrong(session: Session) -> Iterator[Text]:
    columns = IssuedDocument.id, IssuedDocument.number, IssuedDocument.provider_id
    rows = session.scalars(
        select(IssuedDocument).options(load_only(*columns, IssuedDocument.client_id))
    )
    yield from disagreeing(session, DOCUMENT, map(_entry, rows))


DOCUMENT_SEARCH_CHECKS = (Check("search.documents", _wrong),)
