"""That a document's order asks for no money any more, for whoever prints the document."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.clock import local_date
from billing_panel.kernel.values.money import POINTS
from invoices.document import Mark, Marking
from plugins.orders.store.models import Order, OrderDocument
from plugins.orders.store.payment import PaymentState
from plugins.orders.workflow.workflow import Stage


def settled(session: Session, document_id: int) -> Marking | None:
    """Paid on the day of the last payment, or called off with nothing owed; None: it asks."""
    found = select(Order).join(OrderDocument, OrderDocument.order_id == Order.id)
    order = session.scalar(found.where(OrderDocument.document_id == document_id))
    if order is None or order.needed > 0:
        return None
    timezone = order.provider.timezone
    if order.left <= 0:
        paid_at = max(
            (
                payment.received_at
                for payment in order.payments
                if payment.state is PaymentState.RECEIVED
                and payment.currency != POINTS
                and payment.received_at is not None
            ),
            default=order.status_since,
        )
        return Marking(Mark.PAID, local_date(paid_at, timezone))
    if order.stage is Stage.LOST:
        return Marking(Mark.CLOSED, local_date(order.status_since, timezone))
    return None
