"""How the list of documents is searched: by number, and by what they belong to.

That is their client, by the words a client is found by, their order's number, and the reference of
a payment for it; each as far as whoever asks may see it.
"""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import words_left
from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.find_search_entries import Sought, asked, entries, scope_marks
from billing_panel.kernel.tables.search_entries import client_mark
from billing_panel.kernel.values.actor import Actor
from invoices.store.document_search import DOCUMENT, documents_numbered, documents_with
from invoices.store.models import IssuedDocument
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import OrderDocument, id_of_number
from plugins.orders.store.order_search import MOST_LEADING, MOST_WAYS, PAYMENT
from plugins.orders.store.payment import Payment


def has_words(session: Session, query: str, actor: Actor) -> ColumnElement[bool]:
    """Of ``IssuedDocument``: it is found by the words of ``query``."""
    # a payment reference is a number that is written otherwise
    numbered = documents_numbered(session, query, actor)
    ways: list[ColumnElement[bool]] = [
        IssuedDocument.id.in_(documents_with(session, query, actor)),
        *([IssuedDocument.id.in_(numbered)] if numbered else []),
        *_of_clients(session, query, actor),
        *_of_orders(session, query, actor),
    ]
    return or_(*ways)


def _of_clients(session: Session, query: str, actor: Actor) -> Iterator[ColumnElement[bool]]:
    """Of clients who have some of the words, where the number has the others."""
    if actor.client_id is not None:
        return
    left = words_left(session, query, actor)
    for lacking, clients in sorted(left.items(), key=lambda one: len(one[0]))[:MOST_WAYS]:
        if not lacking:
            yield IssuedDocument.client_id.in_(clients)
            continue
        marks = [client_mark(client_id) for client_id in clients]
        found = entries(session, Sought(DOCUMENT, [lacking], marks))
        ids = select(found.subject).select_from(found.rows).where(found.condition)
        yield IssuedDocument.id.in_(ids)


def _of_orders(session: Session, query: str, actor: Actor) -> Iterator[ColumnElement[bool]]:
    """In scope anyway: the list asks whose documents they are."""
    order_id = id_of_number(query)
    if order_id is not None:
        yield _of_order_ids(
            select(OrderDocument.order_id).where(OrderDocument.order_id == order_id)
        )
    words = asked(query)
    if words and allows(actor, OrdersFunction.ORDER_READ) and sees(actor, Fact.STAFF):
        found = entries(session, Sought(PAYMENT, [words], scope_marks(actor)))
        lead = select(found.subject.label("id")).where(found.condition)
        newest = lead.order_by(found.place.desc()).limit(MOST_LEADING).subquery()
        yield _of_order_ids(select(Payment.order_id).where(Payment.id.in_(select(newest.c.id))))


def _of_order_ids(ids: Select[int]) -> ColumnElement[bool]:
    of_orders = select(OrderDocument.document_id).where(OrderDocument.order_id.in_(ids))
    return IssuedDocument.id.in_(of_orders)
