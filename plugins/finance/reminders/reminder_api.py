"""The API of reminders: what is due, what was sent, sending, pausing, and a provider's rules."""

import datetime as dt
from decimal import Decimal

from pydantic import Field, StrictBool, StrictInt, StrictStr

from billing_panel.accounts.access.scope import find_provider
from billing_panel.api.administration.details_bodies import MAX_ROWS, DayBody, PercentBody
from billing_panel.api.answer_models import (
    Answer,
    Key,
    Moment,
    MoneyAnswer,
    PageAnswer,
    Percent,
    money,
)
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import PageQuery, Whole, page_by_id
from billing_panel.api.request_bodies import Body, NoBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import decimal_number
from billing_panel.kernel.values.calendar_dates import local_date
from plugins.finance.functions import FinanceFunction
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.reminders.change_reminder_rules import (
    ReferenceRate,
    RulesDetails,
    change_rules,
    rules_details,
)
from plugins.finance.reminders.find_reminders import (
    ReminderStanding,
    SentReminder,
    StandingFilter,
    Stop,
    sent_reminders,
    standings,
)
from plugins.finance.reminders.remind_by_hand import (
    MAX_REASON,
    PauseReminders,
    pause_reminders,
    remind_now,
    resume_reminders,
)
from plugins.finance.reminders.reminder_models import ReminderRules
from plugins.finance.reminders.reminder_steps import Step
from plugins.orders.store.find_orders import pair_of

OF_ORDER = "/orders/<bigid:order_id>/reminders"
OF_CLIENT = "/clients/<bigid:client_id>/reminders/<key>/pause"
RULES = "/providers/<key>/reminders"
REFUSALS = ("nothing_to_pay", "no_reminders", "no_mail", "no_address", "reminded_enough")

api = Api("finance_reminders_api", "Reminders")


class StandingsQuery(PageQuery):
    """``provider``: a key; empty: all in scope. ``client``: an id."""

    provider: str = Field(default="", examples=["nordvik"])
    client: Whole | None = None


class SentAnswer(Answer):
    """A reminder that was sent. ``letters``: to how many addresses."""

    id: int
    order: int = Field(examples=[17])
    step: Step
    pay_by: dt.date
    at: Moment
    by_hand: bool
    left: MoneyAnswer
    interest: MoneyAnswer
    fixed_sum: MoneyAnswer
    letters: int


class FollowingAnswer(Answer):
    """The next reminder and its day."""

    step: Step
    day: dt.date


class StandingAnswer(Answer):
    """An unpaid bill. ``stop``: why nobody is reminded of it by itself, ``reason`` by whom paused.

    ``sent``: the last reminder; ``following`` null: nothing more is sent.
    """

    order: int = Field(examples=[17])
    provider: Key
    client: str
    client_id: int
    pay_by: dt.date
    overdue_days: int
    left: MoneyAnswer
    sent: SentAnswer | None
    following: FollowingAnswer | None
    stop: Stop | None
    reason: str


class OrderRemindersAnswer(Answer):
    """``standing`` null: nothing is to be paid. ``sent``: the newest first, 50 at most."""

    standing: StandingAnswer | None
    sent: list[SentAnswer]


class RemindedAnswer(Answer):
    """Which reminder goes out."""

    step: Step


class PauseBody(Body):
    """Why, for staff alone."""

    reason: StrictStr = Field(max_length=MAX_REASON)


class PausedAnswer(Answer):
    """Whether reminders are paused now."""

    paused: bool


class ReferenceRateBody(Body):
    """A reference rate, percent a year; by 2011/7/EU from 1 January or 1 July, for the half-year.

    The newest key rate of the Bank of Russia holds until another is entered.
    """

    since: DayBody
    percent: PercentBody


class RulesBody(Body):
    """Days before the day to pay and after it; null: that reminder is not sent.

    ``margin``: a decimal number as text. ``rates``: all reference rates that the panel doesn't know
    by itself, of the law that this seller may claim by; a rate left out is forgotten.
    """

    before: StrictInt | None = None
    first: StrictInt | None = None
    second: StrictInt | None = None
    third: StrictInt | None = None
    last: StrictInt | None = None
    to_client: StrictBool = True
    to_accounting: StrictBool = True
    attaches: StrictBool = True
    law: StrictStr = Field(default="none", max_length=16)
    margin: StrictStr = Field(default="8", max_length=16)
    fixed_sum: StrictBool = False
    rates: list[ReferenceRateBody] = Field(default_factory=list, max_length=MAX_ROWS)


class ReferenceRateAnswer(Answer):
    """A reference rate that was entered, percent a year."""

    since: dt.date
    percent: Percent


class RulesAnswer(Answer):
    """When a provider reminds of its bills, and which interest it claims.

    ``rates``: those that were entered; what the panel knows by itself is not among them.
    ``rate_unknown_since``: the first day, up to today, whose reference rate is not known; interest
    is counted up to the day before.
    """

    before: int | None
    first: int | None
    second: int | None
    third: int | None
    last: int | None
    to_client: bool
    to_accounting: bool
    attaches: bool
    law: InterestLaw
    margin: str
    fixed_sum: bool
    rates: list[ReferenceRateAnswer]
    rate_unknown_since: dt.date | None


@api.get("/reminders", FinanceFunction.REMINDER_READ)
def list_standings(call: Call[NoBody, StandingsQuery]) -> PageAnswer[StandingAnswer]:
    """Lists unpaid bills with what was sent of each and what comes next, by order."""
    query = call.query
    asked = StandingFilter(query.provider, query.client, after=query.cursor or 0)
    now, limit = call.panel.clock.now(), query.limit
    rows = standings(call.session, call.actor, asked, now=now, limit=limit + 1)
    return PageAnswer(
        items=[_standing(row) for row in rows[:limit]],
        next_cursor=str(rows[limit - 1].order_id) if len(rows) > limit else None,
    )


@api.get("/reminders/sent", FinanceFunction.REMINDER_READ)
def list_sent(call: Call[NoBody, StandingsQuery]) -> PageAnswer[SentAnswer]:
    """Lists reminders that were sent, newest first."""
    query = call.query
    asked = StandingFilter(query.provider, query.client)
    found = sent_reminders(
        call.session, call.actor, asked, before=query.cursor, limit=query.limit + 1
    )
    rows, cursor = page_by_id(found, query.limit)
    return PageAnswer(items=[_sent(row) for row in rows], next_cursor=cursor)


@api.get(OF_ORDER, FinanceFunction.REMINDER_READ)
def show_reminders(call: Call, order_id: int) -> OrderRemindersAnswer:
    """Shows what was sent of an order's bill, and what comes next."""
    return _of_order(call, order_id)


@api.post(OF_ORDER, FinanceFunction.REMINDER_SEND, example={}, errors={422: REFUSALS}, status=201)
def send_reminder(call: Call, order_id: int) -> RemindedAnswer:
    """Sends the next reminder of an order's bill now, or the last one again."""
    step = remind_now(call.session, order_id, actor=call.actor, clock=call.panel.clock)
    return RemindedAnswer(step=step)


@api.put(
    f"{OF_ORDER}/pause", FinanceFunction.REMINDER_SEND, example={"reason": "Pays in two weeks"}
)
def pause_order(call: Call[PauseBody], order_id: int) -> PausedAnswer:
    """Keeps an order from being reminded of."""
    return _pause(call, PauseReminders(call.body.reason, order_id=order_id))


@api.delete(f"{OF_ORDER}/pause", FinanceFunction.REMINDER_SEND)
def resume_order(call: Call, order_id: int) -> PausedAnswer:
    """Lets an order be reminded of again."""
    return _resume(call, PauseReminders("", order_id=order_id))


@api.put(OF_CLIENT, FinanceFunction.REMINDER_SEND, example={"reason": "An agreement of 2026"})
def pause_client(call: Call[PauseBody], client_id: int, key: str) -> PausedAnswer:
    """Keeps a client from being reminded of any bill of a provider."""
    reason = call.body.reason
    return _pause(call, PauseReminders(reason, client_id=client_id, provider=key))


@api.delete(OF_CLIENT, FinanceFunction.REMINDER_SEND)
def resume_client(call: Call, client_id: int, key: str) -> PausedAnswer:
    """Lets a client be reminded again."""
    return _resume(call, PauseReminders("", client_id=client_id, provider=key))


@api.get(RULES, FinanceFunction.REMINDER_RULES)
def show_rules(call: Call, key: str) -> RulesAnswer:
    """Shows when a provider reminds of its bills."""
    return _rules(call, key)


@api.put(
    RULES,
    FinanceFunction.REMINDER_RULES,
    example={"before": 3, "first": 1, "second": 7, "third": 14, "last": 30},
)
def put_rules(call: Call[RulesBody], key: str) -> RulesAnswer:
    """Sets when a provider reminds of its bills; what is left out is as usual."""
    body = call.body
    details = RulesDetails(
        **body.model_dump(exclude={"margin", "rates"}),
        margin=_percent("margin", body.margin),
        rates=[rate.into(ReferenceRate) for rate in body.rates],
    )
    change_rules(call.session, key, details, actor=call.actor, clock=call.panel.clock)
    return _rules(call, key)


def _pause(call: AnyCall, command: PauseReminders) -> PausedAnswer:
    pause_reminders(call.session, command, actor=call.actor, clock=call.panel.clock)
    return PausedAnswer(paused=True)


def _resume(call: AnyCall, command: PauseReminders) -> PausedAnswer:
    resume_reminders(call.session, command, actor=call.actor, clock=call.panel.clock)
    return PausedAnswer(paused=False)


def _of_order(call: AnyCall, order_id: int) -> OrderRemindersAnswer:
    pair_of(call.session, call.actor, order_id)
    asked, now = StandingFilter(order_id=order_id), call.panel.clock.now()
    rows = standings(call.session, call.actor, asked, now=now, limit=1)
    sent = sent_reminders(call.session, call.actor, asked, limit=50)
    return OrderRemindersAnswer(
        standing=_standing(rows[0]) if rows else None, sent=[_sent(one) for one in sent]
    )


def _standing(row: ReminderStanding) -> StandingAnswer:
    step_and_day = row.following
    return StandingAnswer(
        order=row.order_id,
        provider=row.provider,
        client=row.client,
        client_id=row.client_id,
        pay_by=row.due_on,
        overdue_days=row.overdue_days,
        left=money(row.left),
        sent=None if row.sent is None else _sent(row.sent),
        following=None
        if step_and_day is None
        else FollowingAnswer(step=step_and_day[0], day=step_and_day[1]),
        stop=row.stop,
        reason=row.reason,
    )


def _sent(one: SentReminder) -> SentAnswer:
    return SentAnswer(
        id=one.id,
        order=one.order_id,
        step=one.step,
        pay_by=one.due_on,
        at=one.at,
        by_hand=one.by_hand,
        left=money(one.left),
        interest=money(one.interest),
        fixed_sum=money(one.fixed_sum),
        letters=one.letters,
    )


def _rules(call: AnyCall, key: str) -> RulesAnswer:
    provider = find_provider(call.session, call.actor, key)
    details = rules_details(call.session, provider)
    rules = call.session.get(ReminderRules, provider.id)
    today = local_date(call.panel.clock.now(), provider.timezone)
    return RulesAnswer(
        before=details.before,
        first=details.first,
        second=details.second,
        third=details.third,
        last=details.last,
        to_client=details.to_client,
        to_accounting=details.to_accounting,
        attaches=details.attaches,
        law=InterestLaw(details.law),
        margin=f"{details.margin or 0:f}",
        fixed_sum=details.fixed_sum,
        rates=[
            ReferenceRateAnswer(since=rate.since, percent=f"{rate.percent:f}")
            for rate in details.rates
            if rate.since is not None
        ],
        rate_unknown_since=rules.rate_unknown_since(today) if rules else None,
    )


def _percent(field: str, written: str) -> Decimal:
    """Raises Invalid."""
    read = decimal_number(written)
    if read is None:
        raise Invalid([FieldError(field, "percent", text("Use a percentage, such as 20."))])
    return read
