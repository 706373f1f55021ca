"""Months that are over are booked before an order's money changes, each with its own last day.

The worker releases them on the first of a month (``deadlines.release_revenue``); until it has, a
change would take the share of the month before with it. So whatever changes an order books them
first, under the order's lock and by the same keys. What came on a day of an earlier month is booked
as that month had it, and the months since then get their share of it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.double_entry import EntryKind, Movement
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.post_entries import post
from plugins.orders.settlement.ledger.earnings import (
    Booked,
    booked,
    first_day_served,
    last_month_end,
    to_be_booked,
)
from plugins.orders.settlement.ledger.order_postings import happened, moved
from plugins.orders.store.models import Order


@dataclass(frozen=True)
class MonthOver:
    """By its last day: what moves with it."""

    month: date
    change: Booked

    def movements(self, order: Order) -> Sequence[Movement]:
        return [*moved(order, self.change)]


def months_over(since: date, last: date) -> Iterator[date]:
    """The last days of the months after that of ``since``, up to ``last``, oldest first."""
    month = since
    while month < last:
        month = (month.replace(day=1) + timedelta(days=62)).replace(day=1) - timedelta(days=1)
        if month <= last:
            yield month


def release_key(order: Order, month: date) -> str:
    """By which a month of an order is released once."""
    return f"released:{order.id}:{month.isoformat()}"


def booked_until(session: Session, order: Order) -> date | None:
    """The last day of the month up to which its books have what was supplied; None: it has none.

    Whatever is written of it books the months that are over; a release books its own alone.
    """
    is_release = LedgerEntry.kind == EntryKind.RELEASED
    released, changed_at = session.execute(
        select(
            func.max(case((is_release, LedgerEntry.day))),
            func.max(case((~is_release, LedgerEntry.at))),
        ).filter_by(subject_kind="order", subject_id=order.id)
    ).one()
    changed = changed_at and last_month_end(changed_at, order.provider.timezone)
    return max((day for day in (released, changed) if day is not None), default=None)


def months_to_book(session: Session, order: Order, at: datetime) -> Sequence[MonthOver]:
    """Those that are over at ``at`` and not booked yet, as the order is now, oldest first."""
    provider = order.provider
    last = last_month_end(at, provider.timezone)
    known = [day for day in (provider.revenue_released_on, provider.books_closed_on) if day]
    first = first_day_served(order)
    if not order.defers or first is None or any(day >= last for day in known):
        return ()
    until = booked_until(session, order)
    if until is None:
        return ()
    since = max(until, first.replace(day=1) - timedelta(days=1), *known)
    before, found = booked(session, order), []
    for month in months_over(since, last):
        after = to_be_booked(order, order.earnings, month)
        found.append(MonthOver(month, less(after, before)))
        before = after
    return found


def book_months(
    session: Session, order: Order, months: Sequence[MonthOver], *, actor: Actor, at: datetime
) -> None:
    """Write them down, where anything moves."""
    for one in months:
        if movements := one.movements(order):
            key = release_key(order, one.month)
            what = happened(order, EntryKind.RELEASED, key, day=one.month)
            post(session, what, movements, actor=actor, at=at)


def catch_up(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """Book the months that are over, before anything of the order changes."""
    book_months(session, order, months_to_book(session, order, at), actor=actor, at=at)


def months_since(order: Order, used: Money, day: date | None, at: datetime) -> Sequence[MonthOver]:
    """What of ``used``, which came on ``day``, the months that have ended since have of it.

    ``day`` None: it comes now. The tax of ``used`` is set apart (``Order.set_tax_apart``).
    """
    zone = order.provider.timezone
    more = order.money(used.minor - min(used.minor, order.owed)) if day else None
    if day is None or not more or used.currency == POINTS or not order.defers:
        return ()
    begins = day.replace(day=1) - timedelta(days=1)
    months = [begins, *months_over(begins, last_month_end(at, zone))]
    gross = order.earnings
    before = [to_be_booked(order, gross, month) for month in months]
    order.set_tax_apart(more)
    after = [to_be_booked(order, gross + more.minor, month) for month in months]
    shares = [less(new, old) for new, old in zip(after, before, strict=True)]
    return [
        MonthOver(month, less(share, earlier))
        for month, share, earlier in zip(months[1:], shares[1:], shares[:-1], strict=True)
    ]


def book_months_since(
    session: Session,
    order: Order,
    months: Sequence[MonthOver],
    payment_id: int,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Write down what they have of a payment, beside what they had before it."""
    for one in months:
        if movements := one.movements(order):
            key = f"{release_key(order, one.month)}:payment:{payment_id}"
            what = happened(order, EntryKind.RELEASED, key, day=one.month)
            post(session, what, movements, actor=actor, at=at)


def together(months: Sequence[MonthOver]) -> Booked:
    """All of them in one."""
    found: Booked = Counter()
    for one in months:
        for key, amount in one.change.items():
            found[key] += amount
    return found


def less(after: Booked, before: Booked) -> Booked:
    """The difference, below zero too."""
    return Counter({key: after[key] - before[key] for key in {*after, *before}})
