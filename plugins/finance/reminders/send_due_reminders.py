"""The worker's job: every bill that is to be reminded of now, each in a transaction of its own.

A killed worker has written a reminder with its letters, or neither; two at once write it once,
since the database keeps each step unique. What stood still for weeks sends the newest step alone.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.post_office import PostOffice, post_office
from plugins.finance.reminders.find_reminders import IS_STOPPED
from plugins.finance.reminders.reminder_models import PaymentReminder, ReminderRules
from plugins.finance.reminders.reminder_steps import Schedule
from plugins.finance.reminders.write_reminder import addresses_of, write_reminder
from plugins.orders.store.find_orders import ASKS_FOR_MONEY
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order

# nobody is reminded of a bill in the middle of the night, where the provider is
MORNING, EVENING = 9, 20
# orders looked at together; each is then locked and asked again
PAGE = 200


def send_due_reminders(database: Database, *, actor: Actor, clock: Clock) -> int:
    """Send what is due at ``clock.now()``; how many reminders. ``actor``: the system."""
    with database.reading() as session:
        office = post_office(session)
        if office is None:
            return 0
        found = session.execute(
            select(ReminderRules.provider_id, Provider.timezone).join(
                Provider, Provider.id == ReminderRules.provider_id
            )
        ).all()
    sent = 0
    for row in found:
        there = clock.now().astimezone(ZoneInfo(row.timezone))
        if MORNING <= there.hour < EVENING:
            sent += _of_provider(database, office, row.provider_id, there.date(), actor, clock)
    return sent


def _of_provider(
    database: Database,
    office: PostOffice,
    provider_id: int,
    today: date,
    actor: Actor,
    clock: Clock,
) -> int:
    sent, after = 0, 0
    while True:
        with database.reading() as session:
            ids = _waiting(session, provider_id, today, after)
        for order_id in ids:
            with database.writing() as session:
                sent += _send(session, office, order_id, today, actor, clock.now())
        if len(ids) < PAGE:
            return sent
        after = ids[-1]


def _waiting(session: Session, provider_id: int, today: date, after: int) -> Sequence[int]:
    rules = session.get(ReminderRules, provider_id)
    if rules is None:
        return ()
    found = (
        select(Order.id)
        .join(Client, Client.id == Order.client_id)
        .where(
            Order.provider_id == provider_id,
            Order.id > after,
            is_due(rules.schedule, today),
            _reachable(rules),
        )
    )
    return session.scalars(found.order_by(Order.id).limit(PAGE)).all()


def is_due(schedule: Schedule, today: date) -> ColumnElement[bool]:
    """Condition on Order: a step is to be sent ``today``, was not, and nothing stops it."""
    steps = [
        and_(Order.due_on.between(first, last), ~_was_sent(step.rank))
        for step, first, last in schedule.spans(today)
    ]
    return and_(ASKS_FOR_MONEY, or_(false(), *steps), ~IS_STOPPED)


def _was_sent(rank: int) -> ColumnElement[bool]:
    """That step or a later one, for the same day to pay by."""
    same = and_(PaymentReminder.order_id == Order.id, PaymentReminder.due_on == Order.due_on)
    return exists().where(same, PaymentReminder.rank >= rank).correlate(Order)


def _reachable(rules: ReminderRules) -> ColumnElement[bool]:
    ways = [Client.email != ""] if rules.to_client else []
    ways += [Client.accounting_emails != ""] if rules.to_accounting else []
    return and_(Client.erased_at.is_(None), or_(false(), *ways))


def _send(
    session: Session, office: PostOffice, order_id: int, today: date, actor: Actor, at: datetime
) -> int:
    """Locked, and asked again: it may have been paid, paused or reminded of meanwhile."""
    order = lock_for_change(session, actor, order_id)
    rules = session.get(ReminderRules, order.provider_id)
    if rules is None or order.due_on is None or not any(addresses_of(rules, order.client)):
        return 0
    schedule = rules.schedule
    if (
        session.scalar(select(Order.id).where(Order.id == order_id, is_due(schedule, today)))
        is None
    ):
        return 0
    sent = session.scalars(
        select(PaymentReminder.step).filter_by(order_id=order_id, due_on=order.due_on)
    ).all()
    step = schedule.due(order.due_on, today, sent)
    if step is None:
        return 0
    letters = write_reminder(session, office, order, rules, step, actor=actor, at=at)
    return 0 if letters is None else 1
