"""What a provider may claim besides the rest of an order’s bill that is overdue."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing_panel.accounts.people.vat_register_answers import standing_of
from billing_panel.kernel.values.money import POINTS
from billing_panel.tax.supply import Standing
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.late_payment.late_interest import FIXED_SUM, LateClaim, LatePart, interest
from plugins.finance.late_payment.reference_rates import ReferenceRates
from plugins.orders.store.models import Order
from plugins.orders.store.payment import PaymentState


def claim_of(
    session: Session,
    order: Order,
    today: date,
    law: InterestLaw,
    rates: ReferenceRates,
    *,
    fixed_sum: bool,
) -> LateClaim:
    """Of businesses alone (Art. 1(2) of the Directive); of others, and before the day, nothing.

    ``today``: where the provider is. ``fixed_sum``: that of Art. 6 too.
    """
    due_on = order.due_on
    if law is InterestLaw.NONE or due_on is None or today <= due_on:
        return LateClaim()
    if standing_of(session, order.client) is Standing.PRIVATE:
        return LateClaim()
    minor, till = interest(_late_parts(order, due_on, today), rates)
    return LateClaim(minor, FIXED_SUM if fixed_sum and law is InterestLaw.EU else 0, till)


def _late_parts(order: Order, due_on: date, today: date) -> Iterator[LatePart]:
    """What is unpaid now, and what was paid late, each until the day before it came in."""
    if order.asked_for:
        yield LatePart(order.asked_for, due_on, today)
    for payment in order.payments:
        if payment.state is not PaymentState.RECEIVED or payment.currency == POINTS:
            continue
        paid_on = payment.day_received(order.provider.timezone)
        if paid_on is None or not payment.refundable:
            continue
        yield LatePart(payment.refundable, due_on, paid_on - timedelta(days=1))
