"""The day of an order's tax event, and whether its invoice falls due with it.

The tax event is the delivery or the payment before it, whichever comes first (Directive
2006/112/EC, Articles 63 and 65; чл. 25 ЗДДС).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from billing_panel.accounts.companies.provider_models import InvoiceTime
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS
from invoices.document import Kind
from plugins.orders.settlement.delivered_part import delivered_lines
from plugins.orders.settlement.invoicing.collective_terms import DAYS
from plugins.orders.settlement.read_order_facts import lines_to_deliver
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState


def day_of_tax_event(order: Order) -> date | None:
    """Where the seller is. None: it is neither paid nor delivered."""
    return min(_events(order), default=None)


def day_paid(order: Order) -> date | None:
    """When the last money for it came in; None: it is not paid."""
    timezone = order.provider.timezone
    days = [
        day
        for payment in order.payments
        if payment.state is PaymentState.RECEIVED
        and payment.currency != POINTS
        and (day := payment.day_received(timezone)) is not None
    ]
    return max(days, default=None) if is_paid_in_money(order) else None


def day_delivered(order: Order) -> date | None:
    """When the last of it was delivered; None: something of it is to be delivered yet."""
    timezone = order.provider.timezone
    days = [local_date(line.delivered_at, timezone) for line in order.lines if line.delivered_at]
    return max(days, default=None) if is_delivered(order) else None


def is_paid_in_money(order: Order) -> bool:
    """All that is asked for it in money is paid; points are no money."""
    return order.paid > 0 and order.left <= 0


def is_delivered(order: Order) -> bool:
    """The client has all that they get of it."""
    nothing_more = order.is_kept_in_part or not lines_to_deliver(order)
    return bool(delivered_lines(order)) and nothing_more


def is_invoiced_now(order: Order) -> bool:
    """Its invoice is issued with the step that is taken."""
    provider = order.provider
    begun = {
        InvoiceTime.PAYMENT: day_paid,
        InvoiceTime.DELIVERY: day_delivered,
        InvoiceTime.ADVANCE: day_delivered,
        InvoiceTime.MONTHLY: day_delivered if has_advances(order) else None,
    }.get(order.invoice_time)
    day = begun(order) if begun else None
    since = provider.invoices_since
    return day is not None and since is not None and day >= since


def is_invoiced_in_advance(order: Order, today: date) -> bool:
    """What is paid of it before the delivery has an invoice of its own."""
    since = order.provider.invoices_since
    is_wanted = order.invoice_time is InvoiceTime.ADVANCE and since is not None and today >= since
    return is_wanted and day_delivered(order) is None


def has_advances(order: Order) -> bool:
    """Something of it was invoiced in advance: its invoice settles that, and is its own."""
    return any(row.kind is Kind.ADVANCE for row in order.documents)


def advance_payments(order: Order) -> Sequence[Payment]:
    """Those that brought money for it; none that came before the day invoices begin with."""
    since, timezone = order.provider.invoices_since, order.provider.timezone
    return [
        payment
        for payment in order.payments
        if payment.state is PaymentState.RECEIVED
        and payment.currency != POINTS
        and (day := payment.day_received(timezone)) is not None
        and (since is None or day >= since)
    ]


def day_of_advance(order: Order) -> date | None:
    """When the last of it came."""
    timezone = order.provider.timezone
    days = (payment.day_received(timezone) for payment in advance_payments(order))
    return max((day for day in days if day is not None), default=None)


def paid_in_advance(order: Order) -> int:
    """What of such money still pays the order, minor units with tax."""
    still = sum(payment.refundable for payment in advance_payments(order))
    return min(still, order.paid, order.claimed)


def is_invoiced_by_worker(order: Order, today: date) -> bool:
    """The days are over that the worker waits for corrections.

    Where the provider leaves nothing to it: what was not issued with its step.
    """
    if order.invoice_time is not InvoiceTime.WITHIN_FIVE_DAYS:
        return is_invoiced_now(order)
    day, since = day_of_tax_event(order), order.provider.invoices_since
    if day is None or since is None:
        return False
    return day >= since and today >= day + DAYS


def _events(order: Order) -> Iterator[date]:
    for day in (day_paid(order), day_delivered(order)):
        if day is not None:
            yield day
