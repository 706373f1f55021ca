"""In how many parts an order may be paid and a payment refunded; then the rest at once.

Each part is a row, an entry in the books and a line of the statement for good, so a penny at a time
is no way to pay. What comes from a payment system has come, and is always taken.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState

MOST_PARTS = 50
# a payment system begins another payment when one has failed, was given up or has grown old
MOST_TRIES = 50


def takes_a_part(session: Session, order: Order) -> bool:
    """Whether less than all that is left may still be paid of it."""
    parts = order.parts
    if parts is None:
        parts = session.scalar(select(func.count()).where(Payment.order_id == order.id))
    return (parts or 0) < MOST_PARTS


def refuse_part(session: Session, order: Order) -> None:
    """Raises Refused ``too_many_parts``."""
    if not takes_a_part(session, order):
        raise Refused(
            text(
                "The order is already paid in %(number)s parts, which is the"
                " maximum: take everything that is left at once, or put the money"
                " on the client’s balance.",
                number=MOST_PARTS,
            ),
            code="too_many_parts",
        )


def refuse_part_back(payment: Payment) -> None:
    """Raises Refused ``too_many_parts``."""
    if len(payment.refunds) >= MOST_PARTS:
        raise Refused(
            text(
                "The payment was already refunded in %(number)s parts, which is the"
                " maximum: refund everything that is left of it at once.",
                number=MOST_PARTS,
            ),
            code="too_many_parts",
        )


def refuse_try(session: Session, order: Order) -> None:
    """Raises Refused ``tried_too_often``."""
    tried = select(func.count()).where(
        Payment.order_id == order.id,
        Payment.gateway.is_not(None),
        Payment.state != PaymentState.RECEIVED,
    )
    if (session.scalar(tried) or 0) >= MOST_TRIES:
        raise Refused(
            text(
                "%(number)s attempts were made to pay this order by card. Pay"
                " another way, or ask the provider.",
                number=MOST_TRIES,
            ),
            code="tried_too_often",
        )
