"""Logs deadlines that come near and days to pay by that have passed, once each.

What the workflow does by itself when time is up stands in the log already (``watch_dates``). Here
is what nobody writes there: that a deadline is a day away, that a bill is to be paid tomorrow, and
that one was not paid where the workflow has no step for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import Database, insert_into
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from plugins.notices.store.models import DateTold
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.find_orders import ASKS_FOR_MONEY
from plugins.orders.store.models import Order, OrderDeadline
from plugins.orders.store.order_extensions import reminds_of_bills
from plugins.orders.store.order_log import note
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import Trigger

APPROACHED, PASSED = "deadline.approached", "deadline.passed"
AHEAD = timedelta(days=1)
# a status that was given so much time or less has just been told of
SHORT = timedelta(hours=36)
# nobody is reminded of a bill in the middle of the night, where the provider is
MORNING = 9
# a worker that stood still tells late; what is older than this is no news
DAYS_BACK = 7
# in one transaction; the rest follows the next minute
BATCH = 200
OVERDUE = Trigger("payment_overdue")


@dataclass(frozen=True)
class _Date:
    """Of which order, which event, and for which day. ``due_at`` None: the day of a bill."""

    order_id: int
    event: str
    day: date
    due_at: datetime | None = None

    @property
    def key(self) -> tuple[int, str, date]:
        return self.order_id, self.event, self.day


def watch_deadlines(database: Database, *, actor: Actor, clock: Clock) -> int:
    """Write down every date of which it is time to tell at ``clock.now()``. How many.

    ``actor``: the system. Two workers at once write none twice.
    """
    now = clock.now()
    with database.reading() as session:
        found = [*_deadlines(session, now)]
        for provider in session.scalars(select(Provider)):
            found += _days_to_pay(session, provider, now)
        told = _told(session, found)
    new = [one for one in found if one.key not in told][:BATCH]
    if not new:
        return 0
    with database.writing() as session:
        return sum(_tell(session, one, actor, now) for one in new)


def _told(session: Session, found: list[_Date]) -> set[tuple[int, str, date]]:
    rows = session.execute(
        select(DateTold.order_id, DateTold.event, DateTold.day).where(
            DateTold.order_id.in_({one.order_id for one in found})
        )
    )
    return {(row.order_id, row.event, row.day) for row in rows}


def _deadlines(session: Session, now: datetime) -> Iterator[_Date]:
    rows = session.execute(
        select(OrderDeadline.order_id, OrderDeadline.due_at)
        .add_columns(Provider.timezone, Order.status_since)
        .join(Order, Order.id == OrderDeadline.order_id)
        .join(Provider, Provider.id == Order.provider_id)
        .where(OrderDeadline.due_at > now, OrderDeadline.due_at <= now + AHEAD)
        .order_by(OrderDeadline.due_at, OrderDeadline.order_id)
    )
    for row in rows:
        if row.due_at - row.status_since > SHORT:
            day = local_date(row.due_at, row.timezone)
            yield _Date(row.order_id, APPROACHED, day, row.due_at)


def _days_to_pay(session: Session, provider: Provider, now: datetime) -> Iterator[_Date]:
    """Of orders that have no deadline: their last bill's day is tomorrow, or was not long ago."""
    there = now.astimezone(ZoneInfo(provider.timezone))
    if there.hour < MORNING:
        return
    today = there.date()
    rows = session.execute(
        select(Order.id, Order.due_on)
        .outerjoin(OrderDeadline, OrderDeadline.order_id == Order.id)
        .where(
            Order.provider_id == provider.id,
            ASKS_FOR_MONEY,
            Order.due_on.between(today - timedelta(days=DAYS_BACK), today + AHEAD),
            OrderDeadline.order_id.is_(None),
        )
        .order_by(Order.id)
    )
    for row in rows:
        if row.due_on == today + AHEAD:
            yield _Date(row.id, APPROACHED, row.due_on)
        elif row.due_on < today:
            yield _Date(row.id, PASSED, row.due_on)


def _tell(session: Session, one: _Date, actor: Actor, now: datetime) -> bool:
    """Whether this was the first to tell it."""
    row = {"order_id": one.order_id, "event": one.event, "day": one.day}
    marked = insert_into(session, DateTold).values(row).on_conflict_do_nothing()
    if session.scalar(marked.returning(DateTold.order_id)) is None:
        return False
    order = session.scalars(
        select(Order)
        .where(Order.id == one.order_id)
        .options(
            joinedload(Order.status, innerjoin=True),
            joinedload(Order.workflow, innerjoin=True),
            joinedload(Order.provider, innerjoin=True),
            joinedload(Order.deadline),
        )
    ).one()
    if one.event == PASSED and workflow_of(order).steps_for(order.status.key, OVERDUE):
        # the workflow does more than tell of it
        return False
    to_pay = one.due_at is None or (order.needed > 0 and day_to_pay(order) is not None)
    facts: dict[str, object] = {"day": one.day.isoformat(), "to_pay": to_pay}
    if one.due_at is None and reminds_of_bills(session, order.provider_id):
        facts["reminded"] = True
    note(session, one.event, order, facts, actor, now)
    return True
