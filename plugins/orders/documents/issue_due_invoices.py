"""Issues invoices that are due by themselves: on the fourth day after the event, or once a month.

Of what is left to the worker, by provider or as agreed with a client. Of others what was missed:
left to the worker before another time was chosen, or refused as an e-invoice when money came in by
itself.

Only orders that wait for an invoice are read (``Order.uninvoiced_since``), by an index. Each is
looked at again in a transaction of its own, under its lock: two workers issue no second invoice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import InvoiceTime, Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from invoices.document import Kind
from invoices.store.models import IssuedDocument
from plugins.orders.deadlines.deadline_jobs import refuse_broken
from plugins.orders.deadlines.fire_deadlines import DeadlineResult, Fired, each_alone, ids_in_order
from plugins.orders.settlement.invoicing.collective_terms import day_of_issue, month_of
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import (
    Writing,
    follow_before_invoice,
    invoices_of,
    write_invoice,
)
from plugins.orders.settlement.invoicing.issue_together import (
    MOST_TOGETHER,
    issue_together,
    why_not_invoiced,
)
from plugins.orders.settlement.invoicing.tax_event import day_of_tax_event, is_invoiced_by_worker
from plugins.orders.store.locks.lock_order import lock_for_change, lock_together
from plugins.orders.store.models import Order, OrderDocument
from plugins.orders.store.plain_reading.order_to_change import orders_to_change


def issue_due_invoices(database: Database, *, actor: Actor, clock: Clock) -> Fired:
    """Issue every invoice that is due at ``clock.now()``. ``actor``: the system."""
    with database.reading() as session:
        waiting = select(Provider).where(Provider.invoices_since.is_not(None))
        providers = session.scalars(waiting).all()
    fired = Fired()
    for provider in providers:
        due = _Due(database, provider, actor, clock.now())
        fired += each_alone(database, due.orders(), due.issue)
        fired += each_alone(database, due.clients(), due.issue_of_client)
    return fired


def issue_by_itself(database: Database, *, actor: Actor, clock: Clock) -> None:
    """The worker's job. Raises Refused ``broke_off``."""
    refuse_broken(issue_due_invoices(database, actor=actor, clock=clock))


@dataclass(frozen=True)
class _Due:
    database: Database
    provider: Provider
    actor: Actor
    now: datetime

    @property
    def today(self) -> date:
        return local_date(self.now, self.provider.timezone)

    def orders(self) -> Iterator[int]:
        """Ids of those that may be due alone, read some at a time."""
        time_of = self._time_of()
        alone = waiting_orders(self.provider).where(
            or_(time_of != InvoiceTime.MONTHLY, _has_advances())
        )
        return ids_in_order(self.database, alone.with_only_columns(Order.id), Order.id)

    def clients(self) -> Iterator[int]:
        """Ids of those who have an invoice once a month, and orders that wait for it."""
        monthly = waiting_orders(self.provider).where(self._time_of() == InvoiceTime.MONTHLY)
        found = monthly.with_only_columns(Order.client_id).distinct()
        for client_id in ids_in_order(self.database, found, Order.client_id):
            with self.database.reading() as session:
                orders = orders_to_change(session, self._ids_of(session, client_id))
                is_due = bool(self._due_together(orders))
            # most days nothing is, and then nobody has to wait for it
            if is_due:
                yield client_id

    def _ids_of(self, session: Session, client_id: int) -> Sequence[int]:
        own = waiting_orders(self.provider).where(Order.client_id == client_id)
        return session.scalars(own.order_by(Order.id)).all()

    def _time_of(self) -> Any:
        return func.coalesce(Membership.invoice_time, self.provider.invoice_time.value)

    def issue(self, session: Session, order_id: int) -> DeadlineResult | None:
        """None: somebody else was quicker, or it is not due."""
        order = lock_for_change(session, self.actor, order_id)
        writing, before = Writing(session, order, self.actor, self.now), len(order.documents)
        if invoices_of(order):
            return None
        if is_invoiced_by_worker(order, self.today):
            write_invoice(writing)
        else:
            # an advance invoice that could not be issued when the money came
            follow_before_invoice(writing)
        return DeadlineResult.MOVED if len(order.documents) > before else None

    def issue_of_client(self, session: Session, client_id: int) -> DeadlineResult | None:
        """One invoice for each month, as many as are due; None: none is."""
        ids = self._ids_of(session, client_id)
        orders = lock_together(session, ids, self.provider.id)
        due = self._due_together(orders)
        for some in due:
            issue_together(session, some, actor=self.actor, at=self.now)
        return DeadlineResult.MOVED if due else None

    def _due_together(self, orders: Sequence[Order]) -> Sequence[Sequence[Order]]:
        """Those that stand on one invoice each, oldest tax event first."""
        found: list[Sequence[Order]] = []
        fit = [(event, order) for order in orders if (event := self._event(order)) is not None]
        fit.sort(key=lambda one: (one[1].currency, one[1].taxes_inside, one[0], one[1].id))
        for _, alike in groupby(fit, key=_stands_with):
            some = [*alike]
            if self.today >= day_of_issue(self.provider.country, some[0][0]):
                found += _in_parts([order for _, order in some])
        return found

    def _event(self, order: Order) -> date | None:
        """None: it has none, or no invoice can be issued for it yet."""
        is_monthly = order.invoice_time is InvoiceTime.MONTHLY
        fits = is_monthly and why_not_invoiced(order, self.today) is None
        return day_of_tax_event(order) if fits else None


def _stands_with(one: tuple[date, Order]) -> tuple[str, bool, tuple[int, int]]:
    event, order = one
    return order.currency, order.taxes_inside, month_of(event)


def _in_parts(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    for first in range(0, len(orders), MOST_TOGETHER):
        yield orders[first : first + MOST_TOGETHER]


def _has_advances() -> ColumnElement[bool]:
    return exists().where(
        OrderDocument.order_id == Order.id,
        OrderDocument.document_id == IssuedDocument.id,
        IssuedDocument.kind == Kind.ADVANCE,
    )


def waiting_orders(provider: Provider) -> Select[Any]:
    """Orders that wait for an invoice, of those whose tax event may be on the day or later.

    What happened last to an order's money is never before its tax event.
    """
    since = provider.invoices_since or date.max
    moment = datetime.combine(since, time(), ZoneInfo(provider.timezone))
    return (
        select(Order.id)
        .outerjoin(
            Membership,
            (Membership.client_id == Order.client_id)
            & (Membership.provider_id == Order.provider_id),
        )
        .where(Order.provider_id == provider.id, Order.uninvoiced_since >= moment)
    )
