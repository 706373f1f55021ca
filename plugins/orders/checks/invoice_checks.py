"""What is always true of an order and its tax documents."""

from collections.abc import Iterator

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from invoices.document import FISCAL, Kind
from invoices.store.models import IssuedDocument
from plugins.orders.store.models import Order, OrderDocument, number_of

_SIGN = case((IssuedDocument.kind == Kind.CREDIT_NOTE, -1), else_=1)


def invoiced(session: Session) -> Iterator[Text]:
    """Invoices less credit notes say no more than the order has earned.

    They say less where somebody has credited by hand what was not given back.
    """
    share = func.coalesce(OrderDocument.share, IssuedDocument.total)
    said = func.sum(share * _SIGN)
    rows = session.execute(
        select(Order.id, Order.currency, Order.earnings, said)
        .join(OrderDocument, OrderDocument.order_id == Order.id)
        .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
        .where(IssuedDocument.kind.in_(FISCAL))
        .group_by(Order.id)
        .having(said > Order.earnings)
        .order_by(Order.id)
    )
    for order_id, currency, earned, total in rows:
        yield text(
            "Invoices of order %(order)s come to %(said)s, but the books say %(earned)s.",
            order=number_of(order_id),
            said=Money(int(total), currency),
            earned=Money(earned, currency),
        )


def shared(session: Session) -> Iterator[Text]:
    """An invoice says as much as the shares of its orders, beside what it settles of advances."""
    shares = func.sum(OrderDocument.share)
    ids = (
        select(IssuedDocument.id, shares.label("shares"))
        .join(OrderDocument, OrderDocument.document_id == IssuedDocument.id)
        .where(OrderDocument.share.is_not(None))
        .group_by(IssuedDocument.id)
        .having(shares != IssuedDocument.total)
        .subquery()
    )
    rows = session.execute(
        select(
            *(IssuedDocument.number, IssuedDocument.currency, IssuedDocument.total),
            *(ids.c.shares, IssuedDocument.content["deducted"].label("deducted")),
        )
        .join(ids, ids.c.id == IssuedDocument.id)
        .order_by(IssuedDocument.id)
    )
    for number, currency, total, of_orders, deducted in rows:
        if of_orders == total - sum(tax["base"] + tax["tax"] for tax in deducted or ()):
            continue
        yield text(
            "Invoice %(number)s comes to %(total)s, but the shares of its orders to %(shares)s.",
            number=number,
            total=Money(total, currency),
            shares=Money(int(of_orders), currency),
        )


def awaited(session: Session) -> Iterator[Text]:
    """An order waits for an invoice exactly while it has earned something and has none."""
    invoices = (
        select(OrderDocument.order_id)
        .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
        .where(OrderDocument.order_id == Order.id, IssuedDocument.kind == Kind.INVOICE)
    )
    has_earned = (Order.earnings > 0) & ~invoices.exists()
    wrong = select(Order.id).where(has_earned != Order.uninvoiced_since.is_not(None))
    for order_id in session.scalars(wrong.order_by(Order.id)):
        yield text(
            "Order %(order)s has the wrong mark of whether it waits for an invoice.",
            order=number_of(order_id),
        )


INVOICE_CHECKS = (
    Check("orders.invoiced", invoiced),
    Check("orders.shares", shared),
    Check("orders.awaited", awaited),
)
