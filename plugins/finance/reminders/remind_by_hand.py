"""Staff remind of a bill now, or pause reminders of an order or a client."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.input.invisible_characters import is_visible, tidy
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.post_office import post_office
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.finance.reminders.reminder_models import PaymentReminder, ReminderPause, ReminderRules
from plugins.finance.reminders.reminder_steps import Schedule, Step
from plugins.finance.reminders.write_reminder import addresses_of, write_reminder
from plugins.orders.store.find_orders import pair_of
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order

PAUSED, RESUMED = "reminders.paused", "reminders.resumed"
MAX_REASON = 500
# by hand as often as this within a day, whoever presses
MOST_A_DAY = 3


@dataclass(frozen=True)
class PauseReminders:
    """Of the order; without one, of all of the client's with the provider of that key."""

    reason: str
    order_id: int | None = None
    client_id: int | None = None
    provider: str | None = None


def remind_now(session: Session, order_id: int, *, actor: Actor, clock: Clock) -> Step:
    """Send the next step, or the last one again; staff may, whatever stops it by itself.

    Raises FunctionNotHeld, NotFound, Refused ``nothing_to_pay``, ``no_reminders``, ``no_mail``,
    ``no_address``, ``reminded_enough``.
    """
    require(actor, FinanceFunction.REMINDER_SEND)
    order, at = lock_for_change(session, actor, order_id), clock.now()
    if order.asked_for <= 0 or order.due_on is None:
        raise Refused(text("Nothing is due for this order now."), code="nothing_to_pay")
    rules = session.get(ReminderRules, order.provider_id)
    if rules is None or not rules.schedule.days:
        raise Refused(text("Set up the reminders of this provider first."), code="no_reminders")
    office = post_office(session)
    if office is None:
        raise Refused(text("Mail is not set up, so no reminder can be sent."), code="no_mail")
    if not any(addresses_of(rules, order.client)):
        raise Refused(text("Enter an e-mail address of the client first."), code="no_address")
    step, again = _by_hand(session, order, rules.schedule)
    if _today(session, order, clock) >= MOST_A_DAY:
        raise Refused(
            text(
                "%(times)s reminders of this bill were sent today; try tomorrow.", times=MOST_A_DAY
            ),
            code="reminded_enough",
        )
    write_reminder(session, office, order, rules, step, actor=actor, at=at, again=again)
    return step


def _by_hand(session: Session, order: Order, schedule: Schedule) -> tuple[Step, int]:
    """The first step later than all that were sent, else the last one, and how often it was."""
    rows = session.execute(
        select(PaymentReminder.rank, func.count().label("many"))
        .filter_by(order_id=order.id, due_on=order.due_on)
        .group_by(PaymentReminder.rank)
    ).all()
    times = {row.rank: row.many for row in rows}
    last = max(times, default=-1)
    steps = [*schedule.steps()]
    step = next((one for one in steps if one.rank > last), steps[-1])
    return step, times.get(step.rank, 0)


def _today(session: Session, order: Order, clock: Clock) -> int:
    zone = order.provider.timezone
    rows = session.scalars(select(PaymentReminder.at).filter_by(order_id=order.id))
    return sum(local_date(at, zone) == local_date(clock.now(), zone) for at in rows)


def pause_reminders(
    session: Session, command: PauseReminders, *, actor: Actor, clock: Clock
) -> None:
    """Whatever was paused keeps the first reason. Raises FunctionNotHeld, NotFound, Invalid."""
    require(actor, FinanceFunction.REMINDER_SEND)
    client_id, provider_id = _meant(session, command, actor)
    reason = tidy(command.reason)
    if not is_visible(reason) or len(reason) > MAX_REASON:
        raise Invalid([FieldError("reason", "required", _say_why())])
    at = clock.now()
    row = {
        "client_id": client_id,
        "provider_id": provider_id,
        "order_id": command.order_id,
        "reason": reason,
        "at": at,
        "user_id": actor.user_id,
    }
    written = insert_into(session, ReminderPause).values(row).on_conflict_do_nothing()
    if session.scalar(written.returning(ReminderPause.id)) is None:
        return
    record(
        session,
        PAUSED,
        actor=actor,
        at=at,
        subject=_subject(command.order_id, client_id),
        provider_id=provider_id,
        client_id=client_id,
        words={"reason": reason},
    )


def resume_reminders(
    session: Session, command: PauseReminders, *, actor: Actor, clock: Clock
) -> None:
    """The same ends; what was not paused stays so. Raises FunctionNotHeld, NotFound."""
    require(actor, FinanceFunction.REMINDER_SEND)
    client_id, provider_id = _meant(session, command, actor)
    ended = delete(ReminderPause).where(_same(command, client_id, provider_id))
    ended = ended.execution_options(synchronize_session=False)
    if session.scalar(ended.returning(ReminderPause.id)) is None:
        return
    record(
        session,
        RESUMED,
        actor=actor,
        at=clock.now(),
        subject=_subject(command.order_id, client_id),
        provider_id=provider_id,
        client_id=client_id,
    )


def _same(command: PauseReminders, client_id: int, provider_id: int) -> ColumnElement[bool]:
    if command.order_id is not None:
        return ReminderPause.order_id == command.order_id
    pair = (ReminderPause.client_id == client_id) & (ReminderPause.provider_id == provider_id)
    return pair & ReminderPause.order_id.is_(None)


def _meant(session: Session, command: PauseReminders, actor: Actor) -> tuple[int, int]:
    """(client, provider), in scope."""
    if command.order_id is not None:
        return pair_of(session, actor, command.order_id)
    client = find_client(session, actor, client_id=command.client_id)
    return client.id, provider_for(session, actor, client, command.provider).id


def _subject(order_id: int | None, client_id: int) -> tuple[str, int]:
    return ("client", client_id) if order_id is None else ("order", order_id)


def _say_why() -> Text:
    return text("Write why, in at most %(most)s characters; colleagues read it.", most=MAX_REASON)
