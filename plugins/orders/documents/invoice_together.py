"""One invoice for several orders of a client, at will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, Reason, Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from invoices.functions import InvoicesFunction
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.orders.settlement.invoicing.collective_terms import month_of
from plugins.orders.settlement.invoicing.issue_together import (
    MOST_TOGETHER,
    issue_together,
    why_not_invoiced,
)
from plugins.orders.settlement.invoicing.tax_event import day_of_tax_event
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.locks.lock_order import lock_together
from plugins.orders.store.models import Order, OrderDocument

LEAVE_IT_OUT = text("Leave it out, or invoice it by itself.")


@dataclass(frozen=True)
class InvoiceTogether:
    """``orders``: ids, in the order in which they stand on the invoice."""

    orders: tuple[int, ...]


def invoice_together(
    session: Session, command: InvoiceTogether, *, actor: Actor, clock: Clock
) -> IssuedDocument:
    """Each of the orders has this one invoice.

    Raises FunctionNotHeld, NotFound, Invalid ``too_few_orders``, ``too_many_orders``; Refused
    ``not_together``, with each order that doesn't fit and why, and ``not_an_e_invoice``.
    """
    require(actor, InvoicesFunction.INVOICE_ISSUE)
    wanted = _check_number(command.orders)
    orders = lock_together(session, wanted, _of_one_client(session, actor, wanted))
    at = clock.now()
    day = local_date(at, orders[0].provider.timezone)
    reasons = [
        Reason("not_together", why, LEAVE_IT_OUT)
        for order in orders
        if (why := _why_not(order, orders[0], day))
    ]
    if reasons:
        message = text("These orders can’t be on one invoice.")
        raise Refused(message, code="not_together", reasons=reasons)
    return issue_together(session, orders, actor=actor, at=at)


def orders_of_documents(session: Session, document_ids: Sequence[int]) -> Sequence[int]:
    """Ids of the orders that the documents were issued for, whosever they are."""
    found = select(OrderDocument.order_id).where(OrderDocument.document_id.in_(document_ids))
    return session.scalars(found.distinct().order_by(OrderDocument.order_id)).all()


def _check_number(order_ids: Sequence[int]) -> Sequence[int]:
    """Each once. Raises Invalid ``too_few_orders``, ``too_many_orders``."""
    wanted = list(dict.fromkeys(order_ids))
    if len(wanted) < 2:
        message = text("Tick at least two orders of one client.")
        raise Invalid([FieldError("orders", "too_few_orders", message)])
    if len(wanted) > MOST_TOGETHER:
        message = text("At most %(most)s orders go on one invoice.", most=MOST_TOGETHER)
        raise Invalid([FieldError("orders", "too_many_orders", message)])
    return wanted


def _of_one_client(session: Session, actor: Actor, order_ids: Sequence[int]) -> int:
    """The id of their provider. Raises NotFound, Refused ``not_together``."""
    found = select(Order.client_id, Order.provider_id)
    pairs = session.execute(found.where(own_orders(actor), Order.id.in_(order_ids))).all()
    if len(pairs) != len(order_ids):
        raise NotFound(text("No such order, or you don’t have access to it."))
    if len({*pairs}) > 1:
        message = text("Orders of several clients or providers can’t be on one invoice.")
        raise Refused(message, code="not_together")
    provider_id: int = pairs[0].provider_id
    return provider_id


def _why_not(order: Order, first: Order, day: date) -> Text | None:
    if why := why_not_invoiced(order, day):
        return why
    of_first = day_of_tax_event(first)
    event = day_of_tax_event(order)
    if order.currency != first.currency or order.taxes_inside != first.taxes_inside:
        return text(
            "Order %(order)s is in another currency, or its prices include tax while those of"
            " the others don’t.",
            order=order.number,
        )
    if event and of_first and month_of(event) != month_of(of_first):
        return text("Order %(order)s was supplied or paid in another month.", order=order.number)
    return None
