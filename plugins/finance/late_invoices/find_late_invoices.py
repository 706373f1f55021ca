"""Orders whose invoice is not there although its term is over, by when their provider issues it.

The invoice comes with the payment, with the delivery, on the fourth day after the tax event or at
the end of a month (``InvoiceTime``); mostly the law gives five days (Directive 2006/112/EC, Art.
222; чл. 113, ал. 4 ЗДДС). An order is looked at once its money has rested for so long, so that
nothing is called late that a worker or a correction of today still brings.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, union_all
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from plugins.orders.documents.issue_due_invoices import waiting_orders
from plugins.orders.settlement.invoicing.collective_terms import FIVE_DAYS, day_of_issue
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import invoices_of
from plugins.orders.settlement.invoicing.tax_event import (
    day_delivered,
    day_of_tax_event,
    day_paid,
    has_advances,
)
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.plain_reading.order_to_change import orders_to_change

TERM = timedelta(days=5)
MOST = 100
# what is paid and not delivered waits for as long as it takes
BY_DELIVERY = (InvoiceTime.DELIVERY, InvoiceTime.ADVANCE)


@dataclass(frozen=True)
class LateInvoice:
    """``event``: the day that its term begins with; ``last_day``: of the term."""

    order_id: int
    number: str
    provider: str
    client: str
    client_id: int
    earned: Money
    event: date
    last_day: date


def late_invoices(
    session: Session, providers: Iterable[Provider], now: datetime, most: int = MOST
) -> Sequence[LateInvoice]:
    """Of these providers, at most ``most``, by order; none of those that issue no invoices."""
    own = [one for one in providers if one.invoices_since is not None]
    if not own:
        return ()
    each = (waiting_orders(one).where(_may_be_late(one, now)) for one in own)
    found = select(union_all(*each).subquery().c.id).order_by("id").limit(most)
    ids = session.scalars(found).all()
    if not ids:
        return ()
    seen = (_seen(order, now) for order in orders_to_change(session, ids))
    return [one for one in seen if one is not None]


def term_of(order: Order) -> tuple[date, date] | None:
    """The day its term begins with, and the last of it; None: no invoice is to be there yet."""
    since, event = order.provider.invoices_since, _event(order)
    if since is None or event is None or event < since:
        return None
    if order.invoice_time is InvoiceTime.MONTHLY and not has_advances(order):
        return event, day_of_issue(order.provider.country, event) + timedelta(days=1)
    return event, event + TERM


def _event(order: Order) -> date | None:
    if order.invoice_time is InvoiceTime.PAYMENT:
        return day_paid(order)
    if order.invoice_time in {InvoiceTime.DELIVERY, InvoiceTime.ADVANCE} or has_advances(order):
        return day_delivered(order)
    return day_of_tax_event(order)


def _seen(order: Order, now: datetime) -> LateInvoice | None:
    term = term_of(order)
    today = local_date(now, order.provider.timezone)
    if term is None or today <= term[1] or invoices_of(order):
        return None
    return LateInvoice(
        order_id=order.id,
        number=order.number,
        provider=order.provider.key,
        client=order.client.name,
        client_id=order.client_id,
        earned=order.money(order.earnings),
        event=term[0],
        last_day=term[1],
    )


def _may_be_late(provider: Provider, now: datetime) -> ColumnElement[bool]:
    """Of an order that waits for an invoice: its money has rested for the term, or since a month.

    Whether its event has come too is asked of the order itself: all of it may not be delivered.
    """
    zone = ZoneInfo(provider.timezone)
    month = datetime.combine(local_date(now, provider.timezone).replace(day=1), time(), zone)
    time_of = func.coalesce(Membership.invoice_time, provider.invoice_time.value)
    is_over = Order.uninvoiced_since < now - TERM
    if provider.country not in FIVE_DAYS:
        is_monthly = time_of == InvoiceTime.MONTHLY
        is_over = and_(is_over, or_(~is_monthly, Order.uninvoiced_since < month))
    is_paid = and_(Order.paid > 0, Order.paid >= func.coalesce(Order.kept, Order.total))
    by_payment = and_(is_paid, time_of.not_in(BY_DELIVERY))
    has_some = exists().where(OrderLine.order_id == Order.id, OrderLine.delivered_at.is_not(None))
    return and_(is_over, or_(by_payment, has_some))
