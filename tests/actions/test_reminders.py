"""Reminders of bills: each step once, the newest alone, and never where somebody stopped them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.tables.event_log import Event
from billing_panel.mail.models import LetterRow
from billing_panel.mail.post_office import POST_OFFICE, post_office
from plugins.finance.reminders.change_reminder_rules import (
    RULES_CHANGED,
    ReferenceRate,
    RulesDetails,
    change_rules,
    rules_details,
)
from plugins.finance.reminders.find_reminders import (
    ReminderStanding,
    StandingFilter,
    Stop,
    standings,
)
from plugins.finance.reminders.remind_by_hand import (
    PauseReminders,
    pause_reminders,
    remind_now,
    resume_reminders,
)
from plugins.finance.reminders.reminder_models import PaymentReminder, ReminderRules
from plugins.finance.reminders.reminder_steps import Step
from plugins.finance.reminders.send_due_reminders import send_due_reminders
from plugins.finance.reminders.write_reminder import write_reminder
from plugins.orders.balance.statement import Days, find_account
from plugins.orders.balance.statement_files import file_of, printed_values
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.payment import Dispute, DisputeState
from tests.actions.conftest import Opening
from tests.businesses import CLIENT, PROVIDER, ROUTER, Business
from tests.notices import Telling

MAIL, ACCOUNTING = "buyer@example.test", "ap@example.test"
RULES = RulesDetails(before=3, first=1, second=7, third=14, last=30)
# the days of these tests straddle two half-years
RATES = [ReferenceRate(day, Decimal("2.15")) for day in (date(2026, 7, 1), date(2027, 1, 1))]
AT_10_15 = replace(RULES, law="eu", rates=RATES)


@dataclass(frozen=True)
class Desk:
    """A business whose client owes for a delivered order, and its reminders."""

    business: Business
    order_id: int

    @property
    def due_on(self) -> date:
        due_on = self.business.order(self.order_id).due_on
        assert due_on is not None
        return due_on

    def rules(self, details: RulesDetails = RULES) -> None:
        actor, clock = self.business.actor("boss"), self.business.world.clock
        with self.business.world.database.writing() as session:
            change_rules(session, PROVIDER, details, actor=actor, clock=clock)

    def at(self, away: int, hour: int = 10) -> None:
        """So many days after the last day to pay."""
        day = self.due_on + timedelta(days=away)
        clock = self.business.world.clock
        clock.at = clock.at.replace(year=day.year, month=day.month, day=day.day, hour=hour)

    def run(self) -> int:
        world = self.business.world
        return send_due_reminders(
            world.database, actor=self.business.actor("console"), clock=world.clock
        )

    def sent(self) -> list[str]:
        with self.business.world.database.reading() as session:
            return [
                one.step.value
                for one in session.scalars(select(PaymentReminder).order_by(PaymentReminder.id))
            ]

    def letters(self, to: str = MAIL) -> list[LetterRow]:
        found = Telling(self.business.world).letters(to)
        return [one for one in found if one.kind.startswith("reminder.")]

    def standing(self) -> ReminderStanding:
        world = self.business.world
        with world.database.reading() as session:
            asked = StandingFilter(order_id=self.order_id)
            (row,) = standings(
                session, self.business.actor("boss"), asked, now=world.clock.now(), limit=9
            )
        return row

    def act(self, action: Callable[..., object], *args: object) -> None:
        actor, clock = self.business.actor("boss"), self.business.world.clock
        with self.business.world.database.writing() as session:
            action(session, *args, actor=actor, clock=clock)


@pytest.fixture
def desk(business: Opening) -> Desk:
    made = business("desk")
    telling = Telling(made.world)
    telling.give_client(CLIENT, email=MAIL, accounting_emails=f"{ACCOUNTING}, {MAIL.upper()}")
    order_id = made.place(ROUTER)
    made.move(order_id, "accept")
    return Desk(made, order_id)


# --- when ---------------------------------------------------------------------------------------


def test_each_step_goes_out_on_its_day_once(desk: Desk) -> None:
    desk.rules()
    told = []
    for away in range(-5, 33):
        desk.at(away)
        if desk.run():
            told.append((away, desk.sent()[-1]))
        assert desk.run() == 0
    assert told == [(-3, "before"), (1, "first"), (7, "second"), (14, "third"), (30, "last")]
    assert [one.kind for one in desk.letters()] == [f"reminder.{step}" for step in desk.sent()]
    events = desk.business.happened(desk.order_id, "payment.reminded")
    assert [event["step"] for event in events] == desk.sent()


def test_a_worker_that_was_away_sends_the_newest_step_alone(desk: Desk) -> None:
    desk.rules()
    desk.at(20)
    assert desk.run() == 1
    assert desk.sent() == ["third"]
    desk.at(30)
    desk.run()
    assert desk.sent() == ["third", "last"]


def test_new_rules_reach_nobody_backwards(desk: Desk) -> None:
    desk.at(100)
    desk.rules()
    assert desk.run() == 0
    desk.at(101)
    assert desk.run() == 0
    assert desk.standing().following is None


def test_nobody_is_reminded_at_night_or_without_rules(desk: Desk) -> None:
    desk.at(1)
    assert desk.run() == 0
    assert desk.standing().stop is Stop.NO_RULES
    desk.at(0)
    desk.rules()
    for hour in (3, 22):
        desk.at(1, hour)
        assert desk.run() == 0
    desk.at(1)
    assert desk.run() == 1


def test_two_workers_at_once_send_one(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    start = Barrier(2, timeout=60)

    def work() -> int:
        start.wait()
        return desk.run()

    with ThreadPoolExecutor(2) as pool:
        assert sum(one.result() for one in [pool.submit(work) for _ in range(2)]) == 1
    assert desk.sent() == ["first"]
    assert len(desk.letters()) == 1


def test_who_dies_before_the_commit_has_written_neither_reminder_nor_letters(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    system, world = desk.business.actor("console"), desk.business.world

    def die() -> None:
        with world.database.writing() as session:
            order = lock_for_change(session, system, desk.order_id)
            rules, office = session.get_one(ReminderRules, order.provider_id), post_office(session)
            assert office is not None
            at = world.clock.now()
            write_reminder(session, office, order, rules, Step.FIRST, actor=system, at=at)
            raise SystemExit(9)

    with pytest.raises(SystemExit):
        die()
    assert desk.sent() == []
    assert desk.letters() == []
    assert desk.run() == 1
    assert len(desk.letters()) == 1


# --- whom, and what it says ---------------------------------------------------------------------


def test_each_address_gets_one_with_the_bill_attached(desk: Desk) -> None:
    desk.rules()
    desk.at(7)
    desk.run()
    (own,) = [*desk.letters(), *desk.letters(MAIL.upper())]
    (accounting,) = desk.letters(ACCOUNTING)
    order = desk.business.order(desk.order_id)
    assert order.to_print is not None
    for one in (own, accounting):
        assert one.attachments == [["document", order.to_print.id]]
        assert one.values["bill"] == order.to_print.number
        assert one.values["days"] == "7"
        assert one.values["left"] == "€60.00"
        assert one.values["interest"] == one.values["fixed_sum"] == one.values["claimed"] == ""
        assert one.thread == f"order-{desk.order_id}"


def test_rules_say_to_whom_and_whether_the_bill_goes_with_it(desk: Desk) -> None:
    desk.rules(replace(RULES, to_client=False, attaches=False))
    desk.at(1)
    desk.run()
    assert desk.letters() == []
    (one,) = desk.letters(ACCOUNTING)
    assert one.attachments is None


def test_without_an_address_nobody_is_reminded_until_there_is_one(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    telling = Telling(desk.business.world)
    telling.give_client(CLIENT, email="", accounting_emails="")
    assert desk.run() == 0
    assert desk.standing().stop is Stop.NO_ADDRESS
    assert desk.business.refusal(lambda: desk.act(remind_now, desk.order_id)) == {"no_address"}
    telling.give_client(CLIENT, email=MAIL)
    assert desk.run() == 1


def test_where_mail_is_not_set_up_nothing_is_sent_and_this_is_said(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    office = desk.business.world.database.info.pop(POST_OFFICE)
    try:
        assert desk.run() == 0
        assert desk.standing().stop is Stop.NO_MAIL
    finally:
        desk.business.world.database.info[POST_OFFICE] = office
    assert desk.run() == 1


# --- what stops it ------------------------------------------------------------------------------


def test_what_is_paid_is_not_reminded_of(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    desk.business.move(desk.order_id, "pay", by="boss", payment_method="cash", amount="60.00")
    assert desk.run() == 0
    assert desk.business.refusal(lambda: desk.act(remind_now, desk.order_id)) == {"nothing_to_pay"}


def test_what_is_paid_in_part_is_reminded_of_for_the_rest(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    desk.business.move(desk.order_id, "pay", by="boss", payment_method="cash", amount="57.00")
    desk.run()
    assert desk.letters()[0].values["left"] == "€3.00"


def test_what_was_given_back_of_a_completed_order_is_not_asked_for_again(desk: Desk) -> None:
    desk.rules(AT_10_15)
    business, order_id = desk.business, desk.order_id
    business.move(order_id, "complete", by="boss")
    business.move(order_id, "pay", by="boss", payment_method="cash", amount="30.00")
    goodwill = {"reason": "it was late", "refund_to": "method", "amount": "20.00"}
    business.move(order_id, "refund", by="boss", **goodwill)
    desk.at(30)
    assert business.stands().debt == 3_000
    assert desk.standing().left.minor == 3_000
    assert desk.run() == 1
    (letter,) = desk.letters()
    # 30.00 for 30 days at 10.15 %, and 10.00 that were paid before the day
    assert letter.values["left"] == "€30.00"
    assert letter.values["interest"] == "€0.25"
    assert letter.values["claimed"] == "€30.25"
    business.move(order_id, "pay", by="boss", payment_method="cash", amount="30.00")
    assert business.refusal(lambda: desk.act(remind_now, order_id)) == {"nothing_to_pay"}


def test_a_dispute_stops_it_while_it_is_open(desk: Desk) -> None:
    desk.rules()
    desk.at(1)
    world = desk.business.world
    desk.business.move(desk.order_id, "pay", by="boss", payment_method="cash", amount="1.00")
    (payment,) = desk.business.order(desk.order_id).payments
    with world.database.writing() as session:
        dispute = Dispute(
            payment_id=payment.id,
            outside="d1",
            amount=1,
            state=DisputeState.OPEN,
            heard_at=world.clock.now(),
        )
        session.add(dispute)
    assert desk.run() == 0
    assert desk.standing().stop is Stop.DISPUTED
    world.change(Dispute, {"outside": "d1"}, state=DisputeState.WON, closed_at=world.clock.now())
    assert desk.run() == 1


@pytest.mark.parametrize("of_client", [False, True])
def test_staff_pause_an_order_or_a_client_with_a_reason(desk: Desk, *, of_client: bool) -> None:
    desk.rules()
    desk.at(1)
    client = {"client_id": desk.business.client_id, "provider": PROVIDER}
    pause = PauseReminders(
        "Pays on Friday", **(client if of_client else {"order_id": desk.order_id})
    )
    desk.act(pause_reminders, pause)
    desk.act(pause_reminders, replace(pause, reason="Another"))
    assert desk.run() == 0
    standing = desk.standing()
    assert standing.stop is (Stop.CLIENT_PAUSED if of_client else Stop.ORDER_PAUSED)
    assert standing.reason == "Pays on Friday"
    desk.act(resume_reminders, pause)
    desk.act(resume_reminders, pause)
    assert desk.run() == 1


def test_a_pause_needs_a_reason(desk: Desk) -> None:
    pause = PauseReminders("  ", order_id=desk.order_id)
    assert desk.business.refusal(lambda: desk.act(pause_reminders, pause)) == {"invalid", "reason"}


# --- by hand ------------------------------------------------------------------------------------


def test_by_hand_the_next_step_goes_out_and_then_the_last_again(desk: Desk) -> None:
    desk.rules(RulesDetails(first=1, last=7))
    desk.at(-5)
    desk.act(remind_now, desk.order_id)
    assert desk.sent() == ["first"]
    desk.at(1)
    assert desk.run() == 0
    for _ in range(3):
        desk.act(remind_now, desk.order_id)
    assert desk.sent() == ["first", "last", "last", "last"]
    assert desk.business.refusal(lambda: desk.act(remind_now, desk.order_id)) == {"reminded_enough"}
    desk.at(7)
    assert desk.run() == 0


def test_without_rules_or_right_nobody_reminds(desk: Desk) -> None:
    assert desk.business.refusal(lambda: desk.act(remind_now, desk.order_id)) == {"no_reminders"}
    maria, clock = desk.business.actor("maria"), desk.business.world.clock

    def without_right() -> None:
        with desk.business.world.database.writing() as session:
            remind_now(session, desk.order_id, actor=maria, clock=clock)

    assert desk.business.refusal(without_right) == {"function_not_held"}


# --- interest -----------------------------------------------------------------------------------


def test_interest_and_the_fixed_sum_are_claimed_from_businesses_and_posted_nowhere(
    desk: Desk,
) -> None:
    desk.rules(replace(AT_10_15, fixed_sum=True))
    before = desk.business.stands()
    desk.at(30)
    desk.run()
    # 60.00 for 30 days at 10.15 %
    (letter,) = desk.letters()
    assert letter.values["interest"] == "€0.50"
    assert letter.values["fixed_sum"] == "€40.00"
    assert letter.values["claimed"] == "€100.50"
    assert desk.business.stands() == before


@pytest.mark.parametrize(("came_after", "interest"), [(0, "€0.03"), (10, "€0.17"), (30, "€0.48")])
def test_interest_ends_on_the_value_date_of_what_was_paid(
    desk: Desk, came_after: int, interest: str
) -> None:
    desk.rules(AT_10_15)
    desk.at(30)
    came = desk.due_on + timedelta(days=came_after)
    paid = {"payment_method": "cash", "amount": "57.00", "received_on": came.isoformat()}
    desk.business.move(desk.order_id, "pay", by="boss", **paid)
    desk.run()
    # at 10.15 %: 3.00 for 30 days, and 57.00 until the day before it came
    (letter,) = desk.letters()
    assert letter.values["interest"] == interest


def test_a_statement_of_account_names_what_is_claimed_beside_its_sums(desk: Desk) -> None:
    def conclusion(days: Days) -> str:
        business = desk.business
        with business.world.database.reading() as session:
            boss, now = business.actor("boss"), business.world.clock.now()
            account = find_account(session, boss, business.client_id, PROVIDER, in_points=False)
            file = file_of(account, days, reader=boss, language="bg", now=now)
            return str(printed_values(session, file)["conclusion"])

    desk.rules(replace(RULES, rates=RATES))
    desk.at(30)
    before = conclusion(Days())
    desk.rules(replace(AT_10_15, fixed_sum=True))
    named = conclusion(Days())
    assert named.startswith(before)
    assert "0,50" in named.removeprefix(before)
    assert "40,00" in named.removeprefix(before)
    # nobody knows what was claimed on an earlier day
    assert "0,50" not in conclusion(Days(None, desk.due_on))


def test_nothing_is_claimed_from_a_private_person_or_before_the_day(desk: Desk) -> None:
    desk.rules(replace(RULES, law="eu", fixed_sum=True))
    desk.at(-3)
    desk.run()
    assert desk.letters()[0].values["claimed"] == ""
    desk.business.world.change(Client, {"login": CLIENT}, kind="person")
    desk.at(14)
    desk.run()
    assert desk.letters()[1].values["claimed"] == ""


def test_rates_are_corrected_and_removed_each_time_logged(desk: Desk) -> None:
    corrected = [replace(RATES[0], percent=Decimal("2.4")), RATES[1]]
    for rates in (RATES, corrected, [], []):
        desk.rules(replace(RULES, rates=rates[::-1]))
        with desk.business.world.database.reading() as session:
            provider = find_provider(session, desk.business.actor("boss"), PROVIDER)
            assert rules_details(session, provider).rates == rates
    with desk.business.world.database.reading() as session:
        logged = session.scalars(select(Event).filter_by(kind=RULES_CHANGED).order_by(Event.id))
        changes = [event.facts["changes"] for event in logged]
    entered = [change["rates"][1] for change in changes if "rates" in change]
    assert [[one["percent"] for one in rates] for rates in entered] == [
        ["2.15", "2.15"],
        ["2.4", "2.15"],
        [],
    ]


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"first": 7}, {"second"}),
        ({"last": 400}, {"last"}),
        ({"before": 0}, {"before"}),
        ({"to_client": False, "to_accounting": False}, {"to_client"}),
        ({"law": "ru"}, {"law"}),
        ({"law": "uk"}, {"law"}),
        ({"law": "eu", "margin": Decimal(7)}, {"margin"}),
        ({"rates": [ReferenceRate(None, Decimal(2))]}, {"rates.0.since"}),
        ({"rates": [*RATES, ReferenceRate(date(2027, 7, 1), None)]}, {"rates.2.percent"}),
        # not the first day of a half-year; one that the panel knows; the same day twice
        ({"rates": [ReferenceRate(date(2026, 8, 1), Decimal(2))]}, {"rates.0.since"}),
        ({"rates": [ReferenceRate(date(2026, 1, 1), Decimal(2))]}, {"rates.0.since"}),
        ({"rates": [RATES[0], RATES[0]]}, {"rates.1"}),
    ],
)
def test_rules_that_cannot_be_are_refused_at_their_fields(
    desk: Desk, wrong: dict[str, Any], fields: set[str]
) -> None:
    details = replace(RULES, **wrong)
    assert desk.business.refusal(lambda: desk.rules(details)) == {"invalid", *fields}
