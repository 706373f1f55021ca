"""Whether a document's order still asks for money, for whoever prints the document."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS
from invoices.document import Mark, Marking
from plugins.orders.store.models import Order, OrderDocument
from plugins.orders.store.payment import PaymentState
from plugins.orders.workflow.statuses.stage import Stage


def settled(session: Session, document_id: int) -> Marking | None:
    """Paid on the day of the last payment, or called off with nothing owed; None: it asks.

    One of several orders asks as long as one of them does.
    """
    found = select(Order).join(OrderDocument, OrderDocument.order_id == Order.id)
    orders = session.scalars(found.where(OrderDocument.document_id == document_id)).all()
    marks = [_settled(order) for order in orders]
    known = [mark for mark in marks if mark is not None]
    if not known or len(known) < len(marks):
        return None
    paid = [mark for mark in known if mark.mark is Mark.PAID]
    return max(paid or known, key=lambda mark: mark.on)


def _settled(order: Order) -> Marking | None:
    timezone = order.provider.timezone
    if order.is_settled:
        paid_on = max(
            (
                day
                for payment in order.payments
                if payment.state is PaymentState.RECEIVED
                and payment.currency != POINTS
                and (day := payment.day_received(timezone)) is not None
            ),
            default=local_date(order.status_since, timezone),
        )
        return Marking(Mark.PAID, paid_on)
    if order.stage is Stage.LOST and not order.needed:
        return Marking(Mark.CLOSED, local_date(order.status_since, timezone))
    return None
