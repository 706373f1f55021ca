"""Documents as they are searched: by their numbers."""

from collections.abc import Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, load_only

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.search_entries import SearchEntry, disagreeing, entry, searchable
from invoices.store.models import IssuedDocument

DOCUMENT = "document"


def document_entry(row: IssuedDocument) -> SearchEntry:
    """Once and for all: what is issued never changes."""
    return entry(DOCUMENT, row.id, row.number)


def numbered(number: str) -> Select[int]:
    """Ids of documents with this number, however it is typed: ``co-1`` is ``СО-1``."""
    return select(SearchEntry.subject_id).filter_by(kind=DOCUMENT, words=searchable(number))


def _wrong(session: Session) -> Iterator[Text]:
    number = load_only(IssuedDocument.id, IssuedDocument.number)
    rows = session.scalars(select(IssuedDocument).options(number))
    yield from disagreeing(session, DOCUMENT, map(document_entry, rows))


DOCUMENT_SEARCH_CHECKS = (Check("search.documents", _wrong),)
