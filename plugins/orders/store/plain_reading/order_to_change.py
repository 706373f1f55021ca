"""Orders with all that their steps ask, read by statements that are made once.

Every step of every order begins with it, and every look at one. So its rows become objects without
what a session does for each (``kernel.database.plain_objects``), and a workflow that the process
has built is not read as JSON again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.accounts.people.client_models import (
    Client,
    ClientGroup,
    ForbiddenMethod,
    Membership,
)
from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.plain_objects import Beside, add_at_once
from billing_panel.kernel.database.plain_rows import plain
from invoices.document import Kind
from invoices.store.models import IssuedDocument
from plugins.orders.store.models import Order, OrderDeadline, OrderDocument, OrderLine
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.store.order_sums import OrderTax
from plugins.orders.store.payment import Payment, Refund
from plugins.orders.store.plain_reading.order_documents import documents_of
from plugins.orders.store.workflow_models import VERSION_AS_WRITTEN, OrderStatus, WorkflowVersion

AnySelect = Select[*tuple[Any, ...]]
_PARTS = select(func.count(Payment.id)).where(Payment.order_id == Order.id).scalar_subquery()
_INVOICED = (
    select(func.count(OrderDocument.document_id))
    .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
    .where(
        OrderDocument.order_id == Order.id, IssuedDocument.kind.in_([Kind.ADVANCE, Kind.INVOICE])
    )
    .correlate(Order)
    .scalar_subquery()
)
_ORDER = Beside(Order, 2)
_STATUS = Beside(OrderStatus, _ORDER.end)
_METHOD = Beside(PaymentMethod, _STATUS.end)
_PROVIDER = Beside(Provider, _METHOD.end)
_WORKFLOW = Beside(WorkflowVersion, _PROVIDER.end, VERSION_AS_WRITTEN)
_DEADLINE = Beside(OrderDeadline, _WORKFLOW.end)
_TAX = Beside(OrderTax, _DEADLINE.end)
_PAIR = Beside(Membership, _TAX.end)
# the group they are in there, and what that may not pay by
_GROUP = Beside(ClientGroup, _PAIR.end)
_FORBIDDEN = Beside(ForbiddenMethod, _GROUP.end)
_CLIENT = Beside(Client, _FORBIDDEN.end)
# what an order has one of, by the name it has there
_OF_ORDER: Mapping[str, Beside[Any]] = {
    "status": _STATUS,
    "payment_method": _METHOD,
    "provider": _PROVIDER,
    "workflow": _WORKFLOW,
    "deadline": _DEADLINE,
    "membership": _PAIR,
    "client": _CLIENT,
}
_READ: Sequence[Beside[Any]] = (
    *(_ORDER, _STATUS, _METHOD, _PROVIDER, _WORKFLOW, _DEADLINE, _TAX, _PAIR),
    *(_GROUP, _FORBIDDEN, _CLIENT),
)
# of an order that is looked at, who has it in hand
_CLAIM = Beside(OrderClaim, _CLIENT.end)
_CLAIMED_BY = Beside(User, _CLAIM.end)
_LINE = Beside(OrderLine)
_TARIFF = Beside(Tariff, _LINE.end)


def _orders(condition: ColumnElement[bool]) -> AnySelect:
    """A row for each tax of each order and each method its client may not pay by."""
    return (
        select(_PARTS, _INVOICED, *(column for beside in _READ for column in beside.columns))
        .select_from(Order)
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .outerjoin(PaymentMethod, PaymentMethod.id == Order.payment_method_id)
        .join(Provider, Provider.id == Order.provider_id)
        .join(WorkflowVersion, WorkflowVersion.id == Order.workflow_id)
        .outerjoin(OrderDeadline, OrderDeadline.order_id == Order.id)
        .outerjoin(OrderTax, OrderTax.order_id == Order.id)
        .outerjoin(
            Membership,
            (Membership.client_id == Order.client_id)
            & (Membership.provider_id == Order.provider_id),
        )
        .outerjoin(ClientGroup, ClientGroup.id == Membership.group_id)
        .outerjoin(ForbiddenMethod, ForbiddenMethod.group_id == ClientGroup.id)
        .join(Client, Client.id == Order.client_id)
        .where(condition)
        .order_by(Order.id, OrderTax.percent.desc(), OrderTax.category, OrderTax.place)
    )


def order_where(condition: ColumnElement[bool]) -> AnySelect:
    """The order of ``order_id`` if it fulfils ``condition``, to be looked at (``order_shown``)."""
    return (
        _orders(and_(condition, Order.id == _ORDER_ID))
        .add_columns(*_CLAIM.columns, *_CLAIMED_BY.columns)
        .outerjoin(OrderClaim, OrderClaim.order_id == Order.id)
        .outerjoin(User, User.id == OrderClaim.user_id)
    )


def _lines(condition: ColumnElement[bool]) -> AnySelect:
    return (
        select(*_LINE.columns, *_TARIFF.columns)
        .select_from(OrderLine)
        .join(Tariff, Tariff.id == OrderLine.tariff_id)
        .where(condition)
        .order_by(OrderLine.order_id, OrderLine.position)
    )


_ORDER_ID = bindparam("order_id", type_=BigInteger())
_ORDER_IDS = bindparam("order_ids", type_=BigInteger(), expanding=True)
_ONE, _ONES_LINES = _orders(Order.id == _ORDER_ID), _lines(OrderLine.order_id == _ORDER_ID)
_SEVERAL, _ALL_LINES = (
    _orders(Order.id.in_(_ORDER_IDS)),
    _lines(OrderLine.order_id.in_(_ORDER_IDS)),
)
_PAYMENTS = select(Payment).where(Payment.order_id.in_(_ORDER_IDS)).order_by(Payment.id)
ANEW = {"populate_existing": True}
_PAYMENT = Beside(Payment)
_REFUND = Beside(Refund, _PAYMENT.end)
_PAID = (
    select(*_PAYMENT.columns, *_REFUND.columns)
    .select_from(Payment)
    .outerjoin(Refund, Refund.payment_id == Payment.id)
    .where(Payment.order_id == _ORDER_ID)
    .order_by(Payment.id, Refund.id)
)
_ADD_DOCUMENT = insert(OrderDocument)


def order_to_change(session: Session, order_id: int) -> Order:
    """An order that was found in scope and locked, read anew."""
    own = {"order_id": order_id}
    (order,) = _made(session, plain(session, _ONE, own).all())
    _give_lines(session, [order], plain(session, _ONES_LINES, own).all())
    return order


def order_shown(session: Session, statement: AnySelect, order_id: int) -> Order | None:
    """The order that ``statement``, made by ``order_where``, finds, as it is now; None: none.

    It has its documents.
    """
    own = {"order_id": order_id}
    rows = plain(session, statement, own).all()
    for order in _made(session, rows, anew=True):
        claim = _CLAIM.of(session, rows[0], anew=True)
        if claim is not None:
            set_committed_value(claim, "user", _CLAIMED_BY.of(session, rows[0], anew=True))
        set_committed_value(order, "claim", claim)
        _give_lines(session, [order], plain(session, _ONES_LINES, own).all(), anew=True)
        documents = documents_of(session, [order_id]).get(order_id, ())
        set_committed_value(order, "documents", [*documents])
        return order
    return None


def orders_to_change(session: Session, order_ids: Sequence[int]) -> Sequence[Order]:
    """Several that were locked, read anew with all of theirs, in the order of ``order_ids``."""
    own = {"order_ids": [*order_ids]}
    orders = _made(session, plain(session, _SEVERAL, own).all())
    _give_lines(session, orders, plain(session, _ALL_LINES, own).all())
    payments, documents = defaultdict[int, list[Payment]](list), documents_of(session, order_ids)
    for payment in session.scalars(_PAYMENTS, own, execution_options=ANEW):
        payments[payment.order_id].append(payment)
    for order in orders:
        set_committed_value(order, "payments", payments[order.id])
        set_committed_value(order, "documents", [*documents.get(order.id, ())])
    by_id = {order.id: order for order in orders}
    return [by_id[order_id] for order_id in order_ids if order_id in by_id]


def read_settled(session: Session, order: Order) -> None:
    """Its payments and documents, which invoices are made by, where they are not read yet."""
    if "payments" not in order.__dict__:
        set_committed_value(order, "payments", _payments(session, {"order_id": order.id}))
    if "documents" not in order.__dict__:
        documents = documents_of(session, [order.id]).get(order.id, ())
        set_committed_value(order, "documents", [*documents])


def _payments(session: Session, own: Mapping[str, Any]) -> Sequence[Payment]:
    """With what was given back of each."""
    refunds: dict[Payment, list[Refund]] = {}
    for row in plain(session, _PAID, own):
        payment = cast("Payment", _PAYMENT.of(session, row))
        refund, found = _REFUND.of(session, row), refunds.setdefault(payment, [])
        if refund is not None:
            found.append(refund)
    for payment, found in refunds.items():
        if "refunds" not in payment.__dict__:
            set_committed_value(payment, "refunds", found)
    return [*refunds]


def add_payment(session: Session, order: Order, payment: Payment) -> None:
    """A new payment of the order, which is one of those that it was read with."""
    before = None if session.in_nested_transaction() else order.__dict__.get("payments")
    session.expire(order, ["payments", "parts"])
    add_at_once(session, [payment])
    if before is not None:
        set_committed_value(payment, "refunds", [])
        set_committed_value(order, "payments", [*before, payment])


def add_document(session: Session, order: Order, issued: IssuedDocument) -> None:
    """A document that was issued for the order, and is kept by now."""
    if session.in_nested_transaction() or inspect(order).pending or inspect(issued).pending:
        order.documents.append(issued)
        return
    own = {"order_id": order.id, "document_id": issued.id}
    session.connection().execute(_ADD_DOCUMENT, own)
    if "documents" in order.__dict__:
        set_committed_value(order, "documents", [*order.documents, issued])


def _made(session: Session, rows: Sequence[Any], *, anew: bool = False) -> Sequence[Order]:
    orders: dict[int, Order] = {}
    taxes, forbidden = defaultdict[int, list[OrderTax]](list), dict[ClientGroup, set[Any]]()
    for row in rows:
        order = cast("Order", _ORDER.of(session, row, anew=anew))
        if order.id not in orders:
            orders[order.id] = order
            _give(session, order, row, anew=anew)
        tax = _TAX.of(session, row, anew=anew)
        if tax is not None and tax not in taxes[order.id]:
            taxes[order.id].append(tax)
        group = _GROUP.of(session, row, anew=anew)
        if group is not None:
            forbidden.setdefault(group, set()).add(_FORBIDDEN.of(session, row, anew=anew))
    for order in orders.values():
        set_committed_value(order, "taxes", taxes[order.id])
    for group, methods in forbidden.items():
        set_committed_value(group, "forbidden_methods", [one for one in methods if one is not None])
    return [*orders.values()]


def _give(session: Session, order: Order, row: Any, *, anew: bool) -> None:
    """What a row has beside the order."""
    order.__dict__.update(parts=row[0], invoiced=row[1])
    for name, beside in _OF_ORDER.items():
        set_committed_value(order, name, beside.of(session, row, anew=anew))
    if order.membership is not None:
        set_committed_value(order.membership, "group", _GROUP.of(session, row))


def _give_lines(
    session: Session, orders: Iterable[Order], rows: Sequence[Any], *, anew: bool = False
) -> None:
    lines: dict[int, list[OrderLine]] = {order.id: [] for order in orders}
    for row in rows:
        line = cast("OrderLine", _LINE.of(session, row, anew=anew))
        set_committed_value(line, "tariff", _TARIFF.of(session, row, anew=anew))
        lines[line.order_id].append(line)
    for order in orders:
        set_committed_value(order, "lines", lines[order.id])
