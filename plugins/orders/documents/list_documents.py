"""Documents in the actor's scope as plain rows: which, and a page of them, newest first."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from billing_panel.accounts.access.scope import own_providers, seen_client
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from invoices.document import Kind
from invoices.functions import InvoicesFunction
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.orders.documents.document_states import DocumentState, state_column
from plugins.orders.documents.documents_with_words import has_words
from plugins.orders.store.find_orders import MAX_COUNT
from plugins.orders.store.models import OrderDocument

READING = (InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT)
_corrected = aliased(IssuedDocument)


@dataclass(frozen=True)
class DocumentFilter:
    """None and empty: whatever it is. ``client``: an id; ``provider``: a key; ``query``: words.

    ``since`` and ``until``: days of issue, both within it. ``before``: ids below it, newest
    first; ``after``: the next ids above it; ``only``: that id alone.
    """

    kind: Kind | None = None
    state: DocumentState | None = None
    client: int | None = None
    provider: str = ""
    query: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None
    after: int | None = None
    only: int | None = None


@dataclass(frozen=True)
class DocumentRow:
    """``orders``: ids of those it was issued for. ``corrects``: the number of what it corrects."""

    id: int
    kind: Kind
    number: str
    issued_on: date
    due_on: date
    state: DocumentState
    currency: str
    total: int
    prepaid: int
    corrects_id: int | None
    corrects: str | None
    client_id: int
    client: str
    provider: str
    orders: tuple[int, ...] = ()

    def money(self, minor: int) -> Money:
        return Money(minor, self.currency)


def listed_documents(
    session: Session, actor: Actor, shown: DocumentFilter, limit: int
) -> Sequence[DocumentRow]:
    """At most ``limit``. Raises FunctionNotHeld."""
    require(actor, *READING)
    return _rows(session, actor, shown, limit)


def document_ids(
    session: Session, actor: Actor, shown: DocumentFilter, limit: int
) -> Sequence[int]:
    """Ids of at most ``limit``, in the order of the list. Raises FunctionNotHeld."""
    require(actor, *READING)
    page = _page(session, actor, shown, limit)
    return [] if page is None else session.scalars(page).all()


def listed_document(session: Session, actor: Actor, document_id: int) -> DocumentRow:
    """One, for whoever may open it or has just issued it. Raises NotFound."""
    found = _rows(session, actor, DocumentFilter(only=document_id), 1)
    if not found:
        raise NotFound(text("No such document, or you don’t have access to it."))
    return found[0]


def _rows(
    session: Session, actor: Actor, shown: DocumentFilter, limit: int
) -> Sequence[DocumentRow]:
    page = _page(session, actor, shown, limit)
    if page is None:
        return []
    found = _described(page).where(own_providers(actor), seen_client(actor))
    rows = [_row(row) for row in session.execute(found)]
    orders = _orders(session, [row.id for row in rows])
    return [replace(row, orders=orders.get(row.id, ())) for row in rows]


def correcting(session: Session, document_id: int) -> Sequence[tuple[int, str]]:
    """Id and number of each credit note of the invoice, which the reader may open, oldest first."""
    notes = select(IssuedDocument.id, IssuedDocument.number)
    found = notes.where(IssuedDocument.corrects_id == document_id).order_by(IssuedDocument.id)
    return [(row.id, row.number) for row in session.execute(found)]


def document_counts(session: Session, actor: Actor, shown: DocumentFilter) -> Mapping[Kind, int]:
    """How many of each kind there are, whatever kind and page are shown; none over ``MAX_COUNT``.

    Raises FunctionNotHeld.
    """
    require(actor, *READING)
    every = replace(shown, kind=None, before=None, after=None)
    rest = _conditions(session, actor, every)
    each = [
        select(literal(kind.value), func.count()).select_from(
            select(IssuedDocument.id)
            .where(IssuedDocument.provider_id == provider_id, IssuedDocument.kind == kind, *rest)
            .limit(MAX_COUNT)
            .subquery()
        )
        for provider_id in _provider_ids(session, actor, shown)
        for kind in Kind
    ]
    found: Counter[Kind] = Counter()
    for kind, number in session.execute(union_all(*each)) if each else ():
        found[Kind(kind)] += number
    return {kind: min(number, MAX_COUNT) for kind, number in found.items() if number}


def _page(session: Session, actor: Actor, shown: DocumentFilter, limit: int) -> Select[int] | None:
    """Their ids, newest first or upwards from ``after``; None: there can be none."""
    providers, rest = _provider_ids(session, actor, shown), _conditions(session, actor, shown)
    return _newest(providers, rest, limit, upwards=shown.after is not None)


def _newest(
    provider_ids: Sequence[int],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    upwards: bool = False,
) -> Select[int] | None:
    """Of each provider by itself: of several at once SQLite would sort all documents there are."""
    order = IssuedDocument.id.asc() if upwards else IssuedDocument.id.desc()
    pages = [
        select(IssuedDocument.id)
        .where(IssuedDocument.provider_id == provider_id, *conditions)
        .order_by(order)
        .limit(limit)
        for provider_id in provider_ids
    ]
    if len(pages) < 2:
        return pages[0] if pages else None
    each = union_all(*(select(page.subquery().c.id) for page in pages))
    return select(IssuedDocument.id).where(IssuedDocument.id.in_(each)).order_by(order).limit(limit)


def _provider_ids(session: Session, actor: Actor, shown: DocumentFilter) -> Sequence[int]:
    """Of the actor's providers; of the one that is meant alone."""
    found = select(Provider.id).where(own_providers(actor)).order_by(Provider.id)
    if shown.provider:
        found = found.where(Provider.key == shown.provider)
    return session.scalars(found).all()


def _conditions(
    session: Session, actor: Actor, shown: DocumentFilter
) -> Sequence[ColumnElement[bool]]:
    """But for the provider."""
    row = IssuedDocument
    asked: Sequence[tuple[Any, Callable[[Any, Any], Any], Any]] = (
        (row.kind, eq, shown.kind),
        (row.client_id, eq, shown.client),
        (row.client_id, eq, actor.client_id),
        (row.id, eq, shown.only),
        (row.issued_on, ge, shown.since),
        (row.issued_on, le, shown.until),
        (row.id, lt, shown.before),
        (row.id, gt, shown.after),
    )
    conditions = [compare(column, value) for column, compare, value in asked if value is not None]
    if shown.state is not None:
        conditions.append(state_column() == shown.state)
    if shown.query:
        conditions.append(has_words(session, shown.query, actor))
    return conditions


def _described(page: Select[int]) -> Select[*tuple[Any, ...]]:
    """What a row shows, of the documents of a page, newest first."""
    row = IssuedDocument
    return (
        select(
            *(row.id, row.kind, row.number, row.issued_on, row.due_on),
            *(state_column().label("state"), row.currency, row.total),
            func.coalesce(row.content["prepaid"].as_integer(), 0).label("prepaid"),
            *(row.corrects_id, _corrected.number.label("corrects")),
            *(row.client_id, Client.name.label("client"), Provider.key.label("provider")),
        )
        .join(Provider, Provider.id == row.provider_id)
        .join(Client, Client.id == row.client_id)
        .outerjoin(_corrected, _corrected.id == row.corrects_id)
        .where(row.id.in_(select(page.subquery().c.id)))
        .order_by(row.id.desc())
    )


def _row(row: Any) -> DocumentRow:
    plain = row._asdict()
    return DocumentRow(**{**plain, "state": DocumentState(row.state)})


def _orders(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[int, ...]]:
    if not ids:
        return {}
    own = select(OrderDocument.document_id, OrderDocument.order_id)
    rows = session.execute(
        own.where(OrderDocument.document_id.in_(ids)).order_by(OrderDocument.order_id)
    )
    found: dict[int, tuple[int, ...]] = {}
    for document_id, order_id in rows:
        found[document_id] = (*found.get(document_id, ()), order_id)
    return found
