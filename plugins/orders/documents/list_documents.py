"""Documents in the actor's scope as plain rows: which, and a page of them, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import Select, func, select
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
    found = _selected(session, actor, shown, state_column().label("state"))
    ids = found.with_only_columns(IssuedDocument.id).order_by(IssuedDocument.id.desc())
    return session.scalars(ids.limit(limit)).all()


def listed_document(session: Session, actor: Actor, document_id: int) -> DocumentRow:
    """One, for whoever may open it or has just issued it. Raises NotFound."""
    found = _rows(session, actor, DocumentFilter(only=document_id), 1)
    if not found:
        raise NotFound(text("No such document, or you don’t have access to it."))
    return found[0]


def _rows(
    session: Session, actor: Actor, shown: DocumentFilter, limit: int
) -> Sequence[DocumentRow]:
    state = state_column().label("state")
    upwards = shown.after is not None
    order = IssuedDocument.id if upwards else IssuedDocument.id.desc()
    page = _selected(session, actor, shown, state).order_by(order)
    rows = [_row(row) for row in session.execute(page.limit(limit))]
    if upwards:
        rows.reverse()
    orders = _orders(session, [row.id for row in rows])
    return [replace(row, orders=orders.get(row.id, ())) for row in rows]


def correcting(session: Session, document_id: int) -> Sequence[tuple[int, str]]:
    """Id and number of each credit note of the invoice, which the reader may open, oldest first."""
    notes = select(IssuedDocument.id, IssuedDocument.number)
    found = notes.where(IssuedDocument.corrects_id == document_id).order_by(IssuedDocument.id)
    return [(row.id, row.number) for row in session.execute(found)]


def document_counts(session: Session, actor: Actor, shown: DocumentFilter) -> Mapping[Kind, int]:
    """How many of each kind there are, whatever kind and page are shown. Raises FunctionNotHeld."""
    require(actor, *READING)
    every = replace(shown, kind=None, before=None, after=None)
    found = _selected(session, actor, every, state_column().label("state")).subquery()
    rows = session.execute(select(found.c.kind, func.count()).group_by(found.c.kind))
    return {Kind(kind): int(number) for kind, number in rows}


def _selected(
    session: Session, actor: Actor, shown: DocumentFilter, state: Any
) -> Select[*tuple[Any, ...]]:
    row = IssuedDocument
    found = (
        select(
            *(row.id, row.kind, row.number, row.issued_on, row.due_on, state, row.currency),
            *(row.total, func.coalesce(row.content["prepaid"].as_integer(), 0).label("prepaid")),
            *(row.corrects_id, _corrected.number.label("corrects")),
            *(row.client_id, Client.name.label("client"), Provider.key.label("provider")),
        )
        .join(Provider, Provider.id == row.provider_id)
        .join(Client, Client.id == row.client_id)
        .outerjoin(_corrected, _corrected.id == row.corrects_id)
        .where(own_providers(actor), seen_client(actor))
    )
    conditions = (
        (row.kind, eq, shown.kind),
        (row.client_id, eq, shown.client),
        (Provider.key, eq, shown.provider or None),
        (row.id, eq, shown.only),
        (state_column(), eq, shown.state),
        (row.issued_on, ge, shown.since),
        (row.issued_on, le, shown.until),
        (row.id, lt, shown.before),
        (row.id, gt, shown.after),
    )
    found = found.where(
        *(compare(column, value) for column, compare, value in conditions if value is not None)
    )
    if shown.query:
        found = found.where(has_words(session, shown.query, actor))
    return found


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
