"""How documents are searched: by number."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import Session, load_only

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.find_search_entries import (
    Page,
    Sought,
    asked,
    entries,
    scope_marks,
)
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    entry,
    first_id,
    index_entries,
    searchable,
)
from billing_panel.kernel.values.actor import Actor
from invoices.payment.payment_reference import PARTING, core_of_reference
from invoices.store.models import IssuedDocument

DOCUMENT = "document"


def index_document(session: Session, row: IssuedDocument) -> None:
    """Once and for all: what is issued never changes."""
    index_entries(session, [_entry(row)])


def documents_found(session: Session, query: str, actor: Actor, page: Page) -> Sequence[int]:
    """Ids of documents in scope, newest first, whose numbers have the words of ``query``."""
    words = asked(query)
    if not words:
        return ()
    found = entries(session, Sought(DOCUMENT, [words], scope_marks(actor), before=page.before))
    ids = select(found.subject).select_from(found.rows).where(found.condition)
    return session.scalars(ids.order_by(found.place.desc()).limit(page.limit)).all()


def documents_with(session: Session, query: str, actor: Actor) -> Select[int]:
    """The same as a statement, for lists that are narrowed by more than words."""
    words = asked(query)
    found = entries(session, Sought(DOCUMENT, [words] if words else [], scope_marks(actor)))
    ids = select(found.subject).select_from(found.rows).where(found.condition)
    return ids if words else ids.where(false())


def documents_numbered(session: Session, number: str, actor: Actor | None = None) -> Sequence[int]:
    """Ids of documents with this very number, however it is typed: ``co-1`` is ``СО-1``.

    A payment reference (``RF65 NH20 2600 0417``) finds the document that it was made of. ``actor``
    None: whosever they are.
    """
    if core := core_of_reference(number):
        return _of_reference(session, core, actor)
    words = asked(number)
    if not words:
        return ()
    within = None if actor is None else scope_marks(actor)
    found = entries(session, Sought(DOCUMENT, [words], within))
    whole = SearchEntry.words.endswith(f" {searchable(number)} ", autoescape=True)
    same = SearchEntry.id == first_id(DOCUMENT) + found.subject
    page = select(SearchEntry.subject_id).join(found.rows, same)
    return session.scalars(page.where(found.condition, whole).limit(MOST_ALIKE)).all()


def _of_reference(session: Session, core: str, actor: Actor | None) -> Sequence[int]:
    plain: ColumnElement[str] = func.upper(IssuedDocument.number)
    for mark in PARTING:
        plain = func.replace(plain, mark, "")
    found = select(IssuedDocument.id).where(plain == core)
    if actor is not None:
        found = (
            found.join(Provider, Provider.id == IssuedDocument.provider_id)
            .join(Client, Client.id == IssuedDocument.client_id)
            .where(own_providers(actor), seen_client(actor))
        )
    return session.scalars(found.order_by(IssuedDocument.id).limit(MOST_ALIKE)).all()


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
