"""How bills stand with their reminders: what was sent, what comes next, and what stops it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.mail.post_office import post_office
from invoices.document import Kind
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.finance.reminders.reminder_models import PaymentReminder, ReminderPause, ReminderRules
from plugins.finance.reminders.reminder_steps import Step
from plugins.orders.store.find_orders import ASKS_FOR_MONEY, own_orders
from plugins.orders.store.models import Order, OrderDocument, number_of
from plugins.orders.store.payment import Dispute, DisputeState, Payment


class Stop(StrEnum):
    """Why nobody is reminded of a bill by itself."""

    ORDER_PAUSED = "order_paused"
    CLIENT_PAUSED = "client_paused"
    DISPUTED = "disputed"
    CREDITED = "credited"
    NO_ADDRESS = "no_address"
    NO_MAIL = "no_mail"
    NO_RULES = "no_rules"


STOP_WORDS: Mapping[Stop, Text] = {
    Stop.ORDER_PAUSED: text("Paused for this order"),
    Stop.CLIENT_PAUSED: text("Paused for this client"),
    Stop.DISPUTED: text("A payment is disputed"),
    Stop.CREDITED: text("A credit note was issued"),
    Stop.NO_ADDRESS: text("The client has no e-mail address for reminders"),
    Stop.NO_MAIL: text("Mail is not set up"),
    Stop.NO_RULES: text("The provider has no reminders"),
}
STEP_WORDS: Mapping[Step, Text] = {
    Step.BEFORE: text("Before the due date"),
    Step.FIRST: text("First reminder"),
    Step.SECOND: text("Second reminder"),
    Step.THIRD: text("Third reminder"),
    Step.LAST: text("Last reminder"),
}


def _of_order(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(condition).correlate(Order)


ORDER_PAUSED = _of_order(ReminderPause.order_id == Order.id)
CLIENT_PAUSED = _of_order(
    and_(
        ReminderPause.client_id == Order.client_id,
        ReminderPause.provider_id == Order.provider_id,
        ReminderPause.order_id.is_(None),
    )
)
DISPUTED = _of_order(
    and_(
        Payment.order_id == Order.id,
        Dispute.payment_id == Payment.id,
        Dispute.state == DisputeState.OPEN,
    )
)
CREDITED = _of_order(
    and_(
        OrderDocument.order_id == Order.id,
        IssuedDocument.id == OrderDocument.document_id,
        IssuedDocument.kind == Kind.CREDIT_NOTE,
    )
)
IS_STOPPED = or_(ORDER_PAUSED, CLIENT_PAUSED, DISPUTED, CREDITED)


@dataclass(frozen=True)
class SentReminder:
    """One that was sent, ``at`` where the provider is; ``again``: staff sent a step once more."""

    id: int
    order_id: int
    step: Step
    due_on: date
    at: datetime
    again: bool
    by_hand: bool
    left: Money
    interest: Money
    fixed_sum: Money
    letters: int

    @property
    def number(self) -> str:
        return number_of(self.order_id)


@dataclass(frozen=True)
class ReminderStanding:
    """An unpaid bill. ``following``: the next step and its day; None: nothing more is sent.

    ``stop`` None: nothing stops it; ``reason``: what staff wrote when they paused it.
    """

    order_id: int
    provider: str
    client: str
    client_id: int
    due_on: date
    overdue_days: int
    left: Money
    sent: SentReminder | None
    following: tuple[Step, date] | None
    stop: Stop | None
    reason: str

    @property
    def number(self) -> str:
        return number_of(self.order_id)


@dataclass(frozen=True)
class StandingFilter:
    """None and empty: whatever it is. ``after``: ids of orders above it."""

    provider: str = ""
    client_id: int | None = None
    order_id: int | None = None
    after: int = 0


def standings(
    session: Session, actor: Actor, asked: StandingFilter, *, now: datetime, limit: int
) -> Sequence[ReminderStanding]:
    """Unpaid bills in the actor's scope, at most ``limit``. Raises FunctionNotHeld."""
    require(actor, FinanceFunction.REMINDER_READ)
    conditions = [ASKS_FOR_MONEY, Order.due_on.is_not(None), Order.id > asked.after]
    if asked.provider:
        conditions.append(Provider.key == asked.provider)
    if asked.client_id is not None:
        conditions.append(Order.client_id == asked.client_id)
    if asked.order_id is not None:
        conditions.append(Order.id == asked.order_id)
    rows = session.execute(
        select(Order, Client, Provider, ReminderRules)
        .add_columns(
            ORDER_PAUSED.label(Stop.ORDER_PAUSED),
            CLIENT_PAUSED.label(Stop.CLIENT_PAUSED),
            DISPUTED.label(Stop.DISPUTED),
            CREDITED.label(Stop.CREDITED),
        )
        .join(Client, Client.id == Order.client_id)
        .join(Provider, Provider.id == Order.provider_id)
        .outerjoin(ReminderRules, ReminderRules.provider_id == Provider.id)
        .where(own_orders(actor), *conditions)
        .order_by(Order.id)
        .limit(limit)
    ).all()
    ids = [row.Order.id for row in rows]
    sent, reasons = _sent(session, ids), _reasons(session, ids)
    has_mail = post_office(session) is not None
    return [_standing(row, sent, reasons, has_mail=has_mail, now=now) for row in rows]


def _standing(
    row: Any,
    sent: Mapping[int, Sequence[PaymentReminder]],
    reasons: Mapping[tuple[Stop, int], str],
    *,
    has_mail: bool,
    now: datetime,
) -> ReminderStanding:
    order, rules = row.Order, row.ReminderRules
    today = local_date(now, row.Provider.timezone)
    before = sent.get(order.id, ())
    of_this_day = {one.step for one in before if one.due_on == order.due_on}
    stop = _stop(row, rules, has_mail=has_mail)
    following = rules.schedule.following(order.due_on, today, of_this_day) if rules else None
    return ReminderStanding(
        order_id=order.id,
        provider=row.Provider.key,
        client=row.Client.name,
        client_id=row.Client.id,
        due_on=order.due_on,
        overdue_days=max((today - order.due_on).days, 0),
        left=Money(order.asked_for, order.currency),
        sent=shown(before[-1], order.currency, row.Provider.timezone) if before else None,
        following=None if stop else following,
        stop=stop,
        reason=reasons.get((stop, order.id), "") if stop else "",
    )


def _stop(row: Any, rules: ReminderRules | None, *, has_mail: bool) -> Stop | None:
    """The first that holds."""
    if rules is None:
        return Stop.NO_RULES
    asked = (Stop.ORDER_PAUSED, Stop.CLIENT_PAUSED, Stop.DISPUTED, Stop.CREDITED)
    found = next((stop for stop in asked if row._mapping[stop.value]), None)  # noqa: SLF001 (as SQLAlchemy documents it)
    if found is None and not has_mail:
        return Stop.NO_MAIL
    if found is None and not has_address(rules, row.Client):
        return Stop.NO_ADDRESS
    return found


def has_address(rules: ReminderRules, client: Client) -> bool:
    """Whether there is anybody to write to."""
    to_client = rules.to_client and bool(client.email)
    return to_client or (rules.to_accounting and bool(client.accounting_emails.strip()))


def _sent(session: Session, ids: Sequence[int]) -> Mapping[int, Sequence[PaymentReminder]]:
    """Oldest first, by order."""
    found: dict[int, list[PaymentReminder]] = {}
    rows = select(PaymentReminder).where(PaymentReminder.order_id.in_(ids))
    for one in session.scalars(rows.order_by(PaymentReminder.id)):
        found.setdefault(one.order_id, []).append(one)
    return found


def _reasons(session: Session, ids: Sequence[int]) -> Mapping[tuple[Stop, int], str]:
    of_order = ReminderPause.order_id == Order.id
    of_client = and_(
        ReminderPause.order_id.is_(None),
        ReminderPause.client_id == Order.client_id,
        ReminderPause.provider_id == Order.provider_id,
    )
    rows = session.execute(
        select(Order.id, ReminderPause.order_id, ReminderPause.reason)
        .join(ReminderPause, or_(of_order, of_client))
        .where(Order.id.in_(ids))
    )
    return {
        (Stop.CLIENT_PAUSED if row.order_id is None else Stop.ORDER_PAUSED, row.id): row.reason
        for row in rows
    }


def paused_providers(session: Session, client_id: int) -> frozenset[int]:
    """Ids of those with which all reminders of a client are paused, who was found in scope."""
    rows = select(ReminderPause.provider_id).where(
        ReminderPause.client_id == client_id, ReminderPause.order_id.is_(None)
    )
    return frozenset(session.scalars(rows))


def sent_reminders(
    session: Session,
    actor: Actor,
    asked: StandingFilter,
    *,
    before: int | None = None,
    limit: int,
) -> Sequence[SentReminder]:
    """Newest first, at most ``limit``, those with ids below ``before``. Raises FunctionNotHeld."""
    require(actor, FinanceFunction.REMINDER_READ)
    found = (
        select(PaymentReminder, Order.currency, Provider.timezone)
        .join(Order, Order.id == PaymentReminder.order_id)
        .join(Provider, Provider.id == Order.provider_id)
        .where(own_orders(actor))
        .order_by(PaymentReminder.id.desc())
        .limit(limit)
    )
    if asked.provider:
        found = found.where(Provider.key == asked.provider)
    if asked.client_id is not None:
        found = found.where(PaymentReminder.client_id == asked.client_id)
    if asked.order_id is not None:
        found = found.where(PaymentReminder.order_id == asked.order_id)
    if before is not None:
        found = found.where(PaymentReminder.id < before)
    rows = session.execute(found)
    return [shown(row.PaymentReminder, row.currency, row.timezone) for row in rows]


def shown(one: PaymentReminder, currency: str, timezone: str) -> SentReminder:
    """As a plain value."""
    return SentReminder(
        id=one.id,
        order_id=one.order_id,
        step=one.step,
        due_on=one.due_on,
        at=one.at.astimezone(ZoneInfo(timezone)),
        again=one.again > 0,
        by_hand=one.user_id is not None,
        left=Money(one.left, currency),
        interest=Money(one.interest, currency),
        fixed_sum=Money(one.fixed_sum, currency),
        letters=one.letters,
    )
