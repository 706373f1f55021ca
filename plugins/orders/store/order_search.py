"""Orders as they are searched: by number, by what was ordered, by their documents and client."""

from collections.abc import Iterator
from functools import partial

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from billing_panel.accounts.access.client_search import has_phone, has_word
from billing_panel.accounts.people.clients import Client
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    disagreeing,
    entry,
    found,
    having,
)
from billing_panel.kernel.values.actor import Actor
from invoices.functions import InvoicesFunction
from invoices.store.document_search import DOCUMENT
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order, OrderDocument, OrderLine

ORDER = "order"
# whoever holds one of them is shown the numbers of documents
SEEING_DOCUMENTS = (
    OrdersFunction.ORDER_READ,
    InvoicesFunction.INVOICE_READ,
    InvoicesFunction.INVOICE_PRINT,
)


def order_entry(order: Order) -> SearchEntry:
    """Once and for all: neither its number changes nor what was ordered, as it was called then."""
    of_lines = [words for line in order.lines for words in (line.tariff.key, *line.titles.values())]
    return entry(ORDER, order.id, order.number, *of_lines)


def matching(query: str, actor: Actor) -> ColumnElement[bool]:
    """Condition on Order among those of many clients."""

    def has(word: str) -> ColumnElement[bool]:
        return or_(_has_word(word, actor), _of_clients(has_word(word, actor)))

    by_words, by_phone = found(query, has), has_phone(query, actor)
    return by_words if by_phone is None else or_(by_words, _of_clients(by_phone))


def matching_of_client(query: str, actor: Actor) -> ColumnElement[bool]:
    """The same among those of one client, where their name would find all."""
    return found(query, partial(_has_word, actor=actor))


def _has_word(word: str, actor: Actor) -> ColumnElement[bool]:
    own = Order.id.in_(having(word, ORDER))
    if not allows(actor, *SEEING_DOCUMENTS):
        return own
    of_documents = select(OrderDocument.order_id).where(
        OrderDocument.document_id.in_(having(word, DOCUMENT))
    )
    return or_(own, Order.id.in_(of_documents))


def _of_clients(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return Order.client_id.in_(select(Client.id).where(condition))


def _wrong(session: Session) -> Iterator[Text]:
    """It reads no more of orders than is searched."""
    tariff = joinedload(OrderLine.tariff, innerjoin=True).load_only(Tariff.key)
    lines = selectinload(Order.lines).options(load_only(OrderLine.titles), tariff)
    orders = select(Order).options(load_only(Order.id), lines)
    rows = session.scalars(orders.execution_options(yield_per=500))
    yield from disagreeing(session, ORDER, map(order_entry, rows))


ORDER_SEARCH_CHECKS = (Check("search.orders", _wrong),)
