"""Releases deferred revenue: what a month supplied of periods paid ahead is earned by its end.

On the first of a month where the provider is, for the month before, with its last day as value
date; months that a worker was away for one after the other. Each order is looked at again in a
transaction of its own, under its lock, and its entry has a key: two workers release nothing twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.ledger.post_entries import post
from plugins.orders.deadlines.deadline_jobs import refuse_broken
from plugins.orders.deadlines.fire_deadlines import DeadlineResult, Fired, each_alone, ids_in_order
from plugins.orders.settlement.ledger.earnings import last_month_end
from plugins.orders.settlement.ledger.month_releases import (
    booked_until,
    months_over,
    release_key,
)
from plugins.orders.settlement.ledger.order_postings import earned, happened
from plugins.orders.store.locks.lock_order import lock_for_change


def release_revenue(database: Database, *, actor: Actor, clock: Clock) -> Fired:
    """Every month that is over at ``clock.now()`` and not released yet. ``actor``: the system."""
    now = clock.now()
    with database.reading() as session:
        due = [
            (provider, month)
            for provider in session.scalars(select(Provider)).all()
            for month in _months(session, provider, last_month_end(now, provider.timezone))
        ]
    fired, stopped = Fired(), set[int]()
    for provider, month in due:
        if provider.id in stopped:
            continue
        releasing = _Releasing(database, provider, month, actor, now)
        done = each_alone(database, releasing.orders(), releasing.release)
        fired += done
        if done.broke_off:
            stopped.add(provider.id)
        else:
            _keep(database, provider.id, month)
    return fired


def release_by_itself(database: Database, *, actor: Actor, clock: Clock) -> None:
    """The worker's job. Raises Refused ``broke_off``."""
    refuse_broken(release_revenue(database, actor=actor, clock=clock))


def _months(session: Session, provider: Provider, last: date) -> Iterator[date]:
    """The last days of months to be released up to ``last``, oldest first."""
    released = provider.revenue_released_on
    if released is None:
        begun = session.scalar(
            select(func.min(LedgerEntry.day))
            .join(Posting, Posting.entry_id == LedgerEntry.id)
            .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
            .where(
                LedgerAccount.provider_id == provider.id,
                LedgerAccount.kind == AccountKind.DEFERRED,
            )
        )
        released = last if begun is None else begun.replace(day=1) - timedelta(days=1)
    yield from months_over(released, last)


def _keep(database: Database, provider_id: int, month: date) -> None:
    with database.writing() as session:
        _mark(session, session.get_one(Provider, provider_id), month)


def _mark(session: Session, provider: Provider, month: date) -> None:
    lock_row(session, provider)
    provider.revenue_released_on = month


@dataclass(frozen=True)
class _Releasing:
    """One month of one provider, by its last day."""

    database: Database
    provider: Provider
    month: date
    actor: Actor
    now: datetime

    def orders(self) -> Iterator[int]:
        """Ids of those with deferred revenue, read some at a time."""
        found = (
            select(LedgerEntry.subject_id)
            .join(Posting, Posting.entry_id == LedgerEntry.id)
            .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
            .where(
                LedgerEntry.subject_kind == "order",
                LedgerAccount.provider_id == self.provider.id,
                LedgerAccount.kind == AccountKind.DEFERRED,
            )
            .group_by(LedgerEntry.subject_id)
            .having(func.sum(Posting.amount) != 0)
        )
        return ids_in_order(self.database, found, LedgerEntry.subject_id)

    def release(self, session: Session, order_id: int) -> DeadlineResult | None:
        """None: nothing of it was supplied in the month, or somebody else was quicker.

        Whatever changed the order since has booked the month before that.
        """
        order = lock_for_change(session, self.actor, order_id)
        until = booked_until(session, order)
        if until is not None and until >= self.month:
            return None
        movements = [*earned(order, order.money(0), self.now, self.month)]
        if not movements:
            return None
        key = release_key(order, self.month)
        what = happened(order, EntryKind.RELEASED, key, day=self.month)
        post(session, what, movements, actor=self.actor, at=self.now)
        return DeadlineResult.MOVED
