"""How orders are searched: by number, by what was ordered, by what belongs to them and whose
they are.

To an order belong its documents, the references of its payments, and what was written down on its
way: a tracking code, the host name a client gave. What not everybody may see of them stands in
entries of a kind of its own.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from billing_panel.accounts.access.client_search import words_left
from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.find_search_entries import (
    Sought,
    Words,
    asked,
    entries,
    scope_marks,
)
from billing_panel.kernel.tables.search_entries import (
    SearchEntry,
    client_mark,
    disagreeing,
    entry,
    index_entries,
)
from billing_panel.kernel.values.actor import Actor
from invoices.functions import InvoicesFunction
from invoices.store.document_search import DOCUMENT
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order, OrderDocument, OrderLine
from plugins.orders.store.payment import Payment

KINDS = ORDER, WRITTEN, PAYMENT = "order", "order_written", "payment"
# whoever holds one of them is shown the numbers of documents
SEEING_DOCUMENTS = (
    OrdersFunction.ORDER_READ,
    InvoicesFunction.INVOICE_READ,
    InvoicesFunction.INVOICE_PRINT,
)
# of an order's fields, those that everybody reads who opens it, and quotes
QUOTED = ("answer", "tracking_code")
# so many of the newest documents and payments that have the words lead to their orders
MOST_LEADING = 100
# so many different sets of words that clients lack are looked for among their orders
MOST_WAYS = 3

Narrow = Callable[[Select[int]], Select[int]]


def index_orders(session: Session, orders: Sequence[Order]) -> None:
    """By number and what is ordered, as it was called then; again when its lines are edited."""
    index_entries(session, map(_of_order, orders))


def index_written(session: Session, order: Order) -> None:
    """Let the order be found by what was written down on its way by now."""
    index_entries(session, [_of_fields(order)])


def index_payment(session: Session, order: Order, payment: Payment) -> None:
    """Let the payment be found by what it is called where it came from."""
    if payment.reference or payment.outside:
        index_entries(session, [_of_payment(payment, order.provider_id, order.client_id)])


def orders_found(
    session: Session, query: str, actor: Actor, narrow: Narrow, *, before: int | None, limit: int
) -> Sequence[int]:
    """Ids of orders of many clients by the words of ``query``, newest first.

    ``narrow``: to those in the actor's scope, and whatever else is asked of them.
    """
    words = asked(query)
    if not words:
        return ()
    pages = [
        *_own(session, actor, [words], scope_marks(actor), before),
        *_of_clients(session, query, actor, before),
    ]
    return _newest(session, pages, narrow, limit)


def orders_of_client_found(
    session: Session,
    query: str,
    actor: Actor,
    client_id: int,
    narrow: Narrow,
    *,
    before: int | None,
    limit: int,
) -> Sequence[int]:
    """The same among those of one client, where their name would find all."""
    words = asked(query)
    if not words:
        return ()
    pages = [*_own(session, actor, [words], [client_mark(client_id)], before)]
    return _newest(session, pages, narrow, limit)


def _newest(
    session: Session, pages: Sequence[Select[int]], narrow: Narrow, limit: int
) -> Sequence[int]:
    """Each is read in the order of the index, no further than needed, and all are merged."""
    each = (narrow(page).limit(limit).subquery() for page in pages)
    found = union_all(*(select(page.c.id) for page in each)).subquery()
    merged = select(found.c.id).distinct().order_by(found.c.id.desc()).limit(limit)
    return session.scalars(merged).all()


def _own(
    session: Session,
    actor: Actor,
    ways: Sequence[Words],
    within: Sequence[str] | None,
    before: int | None,
) -> Iterator[Select[int]]:
    """By their own words, and by those of what belongs to them, as far as ``actor`` sees it."""
    reads = allows(actor, OrdersFunction.ORDER_READ)
    for kind in (ORDER, WRITTEN) if reads else (ORDER,):
        found = entries(session, Sought(kind, ways, within, before=before))
        page = select(Order.id).join(found.rows, Order.id == found.subject)
        yield page.where(found.condition).order_by(found.place.desc())
    if allows(actor, *SEEING_DOCUMENTS):
        found = entries(session, Sought(DOCUMENT, ways, within))
        lead = select(found.subject.label("id")).where(found.condition)
        lead = lead.order_by(found.place.desc()).limit(MOST_LEADING)
        documents = select(lead.subquery().c.id)
        of_documents = select(OrderDocument.order_id).where(
            OrderDocument.document_id.in_(documents)
        )
        yield _by_ids(of_documents, before)
    if reads and sees(actor, Fact.STAFF):
        found = entries(session, Sought(PAYMENT, ways, within))
        lead = select(found.subject.label("id")).where(found.condition)
        lead = lead.order_by(found.place.desc()).limit(MOST_LEADING)
        of_payments = select(Payment.order_id).where(Payment.id.in_(select(lead.subquery().c.id)))
        yield _by_ids(of_payments, before)


def _of_clients(
    session: Session, query: str, actor: Actor, before: int | None
) -> Iterator[Select[int]]:
    """Orders of clients who have some of the words, where the orders have the others."""
    left = words_left(session, query, actor)
    for lacking, clients in sorted(left.items(), key=lambda one: len(one[0]))[:MOST_WAYS]:
        if not lacking:
            page = select(Order.id).where(Order.client_id.in_(clients))
            yield _newest_first(page, before)
            continue
        marks = [client_mark(client_id) for client_id in clients]
        found = entries(session, Sought(ORDER, [lacking], marks, before=before))
        page = select(Order.id).join(found.rows, Order.id == found.subject)
        yield page.where(found.condition).order_by(found.place.desc())


def _by_ids(ids: Select[int], before: int | None) -> Select[int]:
    return _newest_first(select(Order.id).where(Order.id.in_(ids)), before)


def _newest_first(page: Select[int], before: int | None) -> Select[int]:
    page = page.order_by(Order.id.desc())
    return page if before is None else page.where(Order.id < before)


def _of_order(order: Order) -> SearchEntry:
    of_lines = [words for line in order.lines for words in (line.tariff.key, *line.titles.values())]
    whose = {order.provider_id}
    return entry(ORDER, order.id, order.number, *of_lines, providers=whose, client=order.client_id)


def _of_fields(order: Order) -> SearchEntry:
    said = [order.fields[name] for name in QUOTED if order.fields.get(name)]
    whose = {order.provider_id}
    return entry(WRITTEN, order.id, *said, providers=whose, client=order.client_id)


def _of_payment(payment: Payment, provider_id: int, client_id: int) -> SearchEntry:
    said = [one for one in (payment.reference, payment.outside) if one]
    return entry(PAYMENT, payment.id, *said, providers=[provider_id], client=client_id)


def _wrong(session: Session) -> Iterator[Text]:
    """It reads no more of orders than is searched."""
    tariff = joinedload(OrderLine.tariff, innerjoin=True).load_only(Tariff.key)
    lines = selectinload(Order.lines).options(load_only(OrderLine.titles), tariff)
    columns = load_only(Order.id, Order.provider_id, Order.client_id)
    rows = session.scalars(select(Order).options(columns, lines).execution_options(yield_per=500))
    yield from disagreeing(session, ORDER, map(_of_order, rows))


def _wrong_written(session: Session) -> Iterator[Text]:
    columns = load_only(Order.id, Order.provider_id, Order.client_id, Order.fields)
    written = select(Order).options(columns).where(_is_quoted())
    yield from disagreeing(session, WRITTEN, map(_of_fields, session.scalars(written)))


def _is_quoted() -> ColumnElement[bool]:
    return or_(*(Order.fields[name].as_string() != "" for name in QUOTED))


def _wrong_payments(session: Session) -> Iterator[Text]:
    rows = session.execute(
        select(Payment, Order.provider_id, Order.client_id)
        .join(Order, Order.id == Payment.order_id)
        .where(or_(Payment.reference != "", Payment.outside != ""))
    )
    made = (_of_payment(row.Payment, row.provider_id, row.client_id) for row in rows)
    yield from disagreeing(session, PAYMENT, made)


ORDER_SEARCH_CHECKS = (
    Check("search.orders", _wrong),
    Check("search.order_fields", _wrong_written),
    Check("search.payments", _wrong_payments),
)
