"""A balance is topped up: what is asked for waits, and is credited once its money has come."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod, Provider
from billing_panel.accounts.people.client_models import ClientGroup, ForbiddenMethod, Membership
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.kernel.extension.gateways import Message, Outcome
from billing_panel.kernel.language.errors import (
    Conflict,
    DomainError,
    Forbidden,
    FunctionNotHeld,
    Invalid,
    NotFound,
    Refused,
)
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.models import LedgerEntry
from invoices.document import Kind, Mark
from invoices.issue_and_print import content_of
from invoices.store.find_documents import marking_of
from invoices.store.models import IssuedDocument
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.change_balance import ReverseEntry, reverse_entry
from plugins.orders.payments.handle_gateway_message import HandleMessage, handle_message
from plugins.orders.settlement.ledger.order_ledger import open_debt
from plugins.orders.store.models import Order
from plugins.orders.store.payment import MessageResult
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import (
    MOST_A_DAY,
    MOST_WAITING,
    AskTopUp,
    ask_top_up,
    cancel_top_up,
    offered_methods,
)
from plugins.orders.top_ups.begin_top_up_payment import PAGE_LASTS, begin_top_up
from plugins.orders.top_ups.receive_top_up import record_top_up
from plugins.orders.top_ups.top_up_checks import booked
from tests.actions.test_races import at_once
from tests.gateways import Scripted
from tests.world import World, add_client_user, hold_only, line

CLIENT = "stoyanova"


def ask(world: World, by: str = CLIENT, **changes: Any) -> TopUp:
    plain = {"amount": "50.00", "method": "bank_transfer", "provider": "nordvik"}
    command = AskTopUp(world.client_id(CLIENT), **{**plain, **changes})
    with world.database.writing() as session:
        return ask_top_up(session, command, actor=world.actor(by), clock=world.clock)


def act(world: World, what: Any, top_up: TopUp, by: str = "owner") -> TopUp:
    with world.database.writing() as session:
        done: TopUp = what(session, top_up.id, actor=world.actor(by), clock=world.clock)
        return done


def balance(world: World) -> int:
    with world.database.reading() as session:
        nordvik = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
        return standing(session, world.client_id(CLIENT), nordvik).balance


def now(world: World, top_up: TopUp) -> TopUp:
    with world.database.reading() as session:
        return session.get_one(TopUp, top_up.id)


def tell(world: World, top_up: TopUp, outcome: Outcome, **changes: Any) -> MessageResult:
    said: dict[str, Any] = {
        "event_id": f"{outcome.value}-{top_up.id}",
        "reference": f"outside-{top_up.id}",
        "key": top_up.key,
        "outcome": outcome,
        "money": top_up.sum,
        **changes,
    }
    command = HandleMessage("sandbox", Message(**said), b"{}")
    with world.database.writing() as session:
        return handle_message(session, command, actor=world.actor("owner"), clock=world.clock)


def refused(world: World, act: Any, code: str, kind: type[DomainError] = DomainError) -> None:
    before = world.everything()
    with pytest.raises(kind) as told:
        act()
    assert told.value.code == code or code in {error.code for error in told.value.errors}
    assert world.everything() == before


def test_a_bank_transfer_waits_with_a_bill_that_says_where_to_pay(world: World) -> None:
    before = balance(world)
    asked = ask(world)
    assert (asked.state, asked.sum) == (TopUpState.WAITING, Money(5000, "EUR"))
    with world.database.reading() as session:
        row = session.get_one(IssuedDocument, asked.document_id)
        document = content_of(row)
        assert marking_of(session, row) is None
    assert (document.kind, document.total, document.tax, document.payable) == (
        Kind.PROFORMA,
        5000,
        0,
        5000,
    )
    assert document.bank.iban
    assert (document.number, document.order_number) == (row.number, "")
    assert balance(world) == before


def test_the_money_is_credited_once_and_the_bill_says_so(world: World) -> None:
    before, asked = balance(world), ask(world)
    act(world, record_top_up, asked)
    assert balance(world) == before + 5000
    with world.database.reading() as session:
        row = session.get_one(IssuedDocument, asked.document_id)
        marking = marking_of(session, row)
    assert marking is not None
    assert marking.mark is Mark.PAID
    refused(world, partial(act, world, record_top_up, asked), "not_waiting", Conflict)
    refused(world, partial(act, world, cancel_top_up, asked), "not_waiting", Conflict)


def test_one_that_waits_is_cancelled_and_its_bill_is_void(world: World) -> None:
    before, asked = balance(world), ask(world)
    act(world, cancel_top_up, asked, CLIENT)
    with world.database.reading() as session:
        assert session.get_one(IssuedDocument, asked.document_id).is_void
    refused(world, partial(act, world, record_top_up, asked), "not_waiting", Conflict)
    assert balance(world) == before


@pytest.mark.every_case
@pytest.mark.parametrize("other", [record_top_up, cancel_top_up])
def test_of_many_at_once_one_settles_it(world: World, other: Any) -> None:
    before, asked = balance(world), ask(world)
    acts = [partial(act, world, what, asked) for what in (record_top_up, other) * 3]
    told = at_once(acts)
    assert [isinstance(one, TopUp) for one in told].count(True) == 1
    paid = now(world, asked).state is TopUpState.PAID
    assert balance(world) == before + 5000 * paid


@pytest.mark.parametrize("amount", ["0", "-5", "0.99", "1000000.01", "much", "1.001"])
def test_sums_that_make_no_sense_are_refused(world: World, amount: str) -> None:
    refused(world, partial(ask, world, amount=amount), "invalid_amount", Invalid)


@pytest.mark.parametrize("method", ["balance", "points", "cash_on_delivery", "made_up", ""])
def test_only_what_brings_money_tops_up(world: World, method: str) -> None:
    refused(world, partial(ask, world, method=method), "method_not_allowed", Invalid)


def test_staff_ask_for_the_client_but_never_at_a_payment_system(world: World) -> None:
    assert ask(world, "owner").user_id == world.actor("owner").user_id
    card = partial(ask, world, "owner", method="card_gateway")
    refused(world, card, "method_not_allowed", Invalid)


def test_who_may_not_pay_asks_for_nothing(world: World) -> None:
    add_client_user(world, CLIENT, "looker", ClientRole.VIEWER)
    refused(world, partial(ask, world, "looker"), "function_not_held", FunctionNotHeld)
    hold_only(world, "maria", PanelFunction.BALANCE_READ)
    refused(world, partial(ask, world, "maria"), "function_not_held", FunctionNotHeld)
    asked = ask(world)
    for what in (record_top_up, cancel_top_up):
        refused(world, partial(act, world, what, asked, "maria"), "function_not_held")


def test_a_client_has_no_top_up_of_another(world: World) -> None:
    asked = ask(world)
    refused(world, partial(act, world, cancel_top_up, asked, "romashka"), "not_found", NotFound)
    refused(world, partial(ask, world, "romashka"), "not_found", NotFound)


def test_so_many_wait_and_no_more(world: World) -> None:
    for _ in range(MOST_WAITING):
        ask(world)
    refused(world, partial(ask, world), "too_many_waiting", Refused)


def test_a_client_asks_for_so_many_a_day_whatever_becomes_of_them(world: World) -> None:
    """Each bank transfer has its pro-forma; staff are not bound."""
    for _ in range(MOST_A_DAY):
        act(world, cancel_top_up, ask(world), CLIENT)
    refused(world, partial(ask, world), "too_many_top_ups", Refused)
    ask(world, by="petar")
    world.clock.at += timedelta(days=1, seconds=1)
    ask(world)


def test_the_same_request_twice_is_one_top_up(world: World) -> None:
    first, second = ask(world, request_key="k"), ask(world, request_key="k")
    assert first.id == second.id
    other = partial(ask, world, request_key="k", amount="51")
    refused(world, other, "idempotency_key_reused", Conflict)


def test_what_was_asked_for_is_not_reversed_by_hand(world: World) -> None:
    act(world, record_top_up, asked := ask(world))
    with world.database.reading() as session:
        entry = session.scalars(select(LedgerEntry).filter_by(key=f"top_up:{asked.id}")).one()
    command = ReverseEntry(world.client_id(CLIENT), entry.id, "by mistake")

    def reversing() -> None:
        with world.database.writing() as session:
            reverse_entry(session, command, actor=world.actor("owner"), clock=world.clock)

    refused(world, reversing, "not_found", NotFound)


@pytest.fixture
def card(world: World) -> TopUp:
    """One at the payment system, asked for by the client."""
    world.change(PaymentMethod, {"kind": MethodKind.CARD_GATEWAY}, gateway="sandbox")
    return ask(world, method="card_gateway")


def test_a_message_credits_once_whatever_else_is_told(world: World, card: TopUp) -> None:
    before = balance(world)
    assert tell(world, card, Outcome.FAILED) is MessageResult.APPLIED
    assert now(world, card).state is TopUpState.FAILED
    assert tell(world, card, Outcome.SUCCEEDED) is MessageResult.APPLIED
    assert tell(world, card, Outcome.SUCCEEDED) is MessageResult.APPLIED, "as it was told before"
    again = tell(world, card, Outcome.SUCCEEDED, event_id="another")
    late = tell(world, card, Outcome.FAILED, event_id="late")
    assert (again, late) == (MessageResult.NOTHING_NEW, MessageResult.NOTHING_NEW)
    assert (now(world, card).state, balance(world)) == (TopUpState.PAID, before + 5000)


@pytest.mark.parametrize(
    ("changes", "result"),
    [
        ({"money": Money(4999, "EUR")}, MessageResult.WRONG_SUM),
        ({"money": Money(5000, "USD")}, MessageResult.WRONG_SUM),
        ({"key": "top-up-999-1"}, MessageResult.UNKNOWN_PAYMENT),
    ],
)
def test_a_message_that_does_not_fit_credits_nothing(
    world: World, card: TopUp, changes: dict[str, Any], result: MessageResult
) -> None:
    before = balance(world)
    assert tell(world, card, Outcome.SUCCEEDED, **changes) is result
    assert (now(world, card).state, balance(world)) == (TopUpState.WAITING, before)


def test_money_for_one_that_was_cancelled_is_the_clients_all_the_same(
    world: World, card: TopUp
) -> None:
    before = balance(world)
    act(world, cancel_top_up, card, CLIENT)
    tell(world, card, Outcome.SUCCEEDED)
    assert balance(world) == before + 5000


def test_only_the_payment_system_says_that_its_own_is_paid(world: World, card: TopUp) -> None:
    refused(world, partial(act, world, record_top_up, card), "paid_outside", Conflict)


def test_a_lost_dispute_takes_the_sum_back_once(world: World, card: TopUp) -> None:
    tell(world, card, Outcome.SUCCEEDED)
    after = balance(world)
    tell(world, card, Outcome.DISPUTED, dispute="d1")
    assert balance(world) == after
    for event in ("one", "two"):
        tell(world, card, Outcome.DISPUTE_LOST, dispute="d1", event_id=event)
    assert balance(world) == after - 5000
    assert now(world, card).taken == 5000


def test_a_dispute_told_as_lost_before_its_payment_leaves_nothing_on_the_balance(
    world: World, card: TopUp
) -> None:
    before = balance(world)
    tell(world, card, Outcome.DISPUTE_LOST, dispute="d1", money=Money(4000, "EUR"))
    tell(world, card, Outcome.SUCCEEDED)
    tell(world, card, Outcome.DISPUTE_LOST, dispute="d1", event_id="again")
    assert (now(world, card).state, now(world, card).taken) == (TopUpState.PAID, 4000)
    assert balance(world) == before + 1000
    with world.database.reading() as session:
        assert [*booked(session)] == []


def test_what_was_taken_back_before_it_was_told_covers_no_debt(world: World, card: TopUp) -> None:
    world.change(Provider, {"key": "nordvik"}, credit_covers_debt=True)
    order = owing(world)
    before = balance(world)
    tell(world, card, Outcome.DISPUTE_LOST, dispute="d1")
    with world.database.reading() as session:
        assert session.get_one(Order, order.id).paid == 0
    assert balance(world) == before


def switch_off(world: World, **method: Any) -> None:
    until = world.clock.now() + timedelta(hours=1)
    world.change(PaymentMethod, method, off_until=until, off_for_staff="The bank is called")


def test_nobody_tops_up_by_what_is_switched_off_for_a_time(world: World) -> None:
    with world.database.reading() as session:
        nordvik = session.scalars(select(Provider.id).filter_by(key="nordvik")).one()
    switch_off(world, key="bank_transfer", provider_id=nordvik)
    assert offered(world) == {MethodKind.CASH}
    refused(world, partial(ask, world), "method_off", Invalid)
    with pytest.raises(Invalid) as told:
        ask(world)
    assert "The bank is called" not in str(told.value.errors[0].message)
    world.clock.at += timedelta(hours=1)
    ask(world)


def test_nobody_is_led_to_a_payment_system_that_is_switched_off(world: World, card: TopUp) -> None:
    switch_off(world, kind=MethodKind.CARD_GATEWAY)
    refused(world, partial(begin, world, card), "method_off", Refused)


def begin(world: World, top_up: TopUp, by: str = CLIENT) -> TopUp:
    return begin_top_up(
        world.database,
        {"sandbox": Scripted()},
        top_up.id,
        "http://127.0.0.1/back",
        actor=world.actor(by),
        clock=world.clock,
    )


def test_the_client_is_led_to_one_page_and_staff_to_none(world: World, card: TopUp) -> None:
    refused(world, partial(begin, world, card, "owner"), "client_alone", Forbidden)
    page = begin(world, card).page
    assert page
    assert begin(world, card).page == page
    world.clock.at += PAGE_LASTS + timedelta(minutes=1)
    refused(world, partial(begin, world, card), "page_closed", Conflict)


def test_what_comes_in_covers_the_oldest_debt_where_it_is_to(world: World) -> None:
    world.change(Provider, {"key": "nordvik"}, credit_covers_debt=True)
    order = owing(world)
    before = balance(world)
    act(world, record_top_up, ask(world))
    with world.database.reading() as session:
        paid = session.get_one(Order, order.id).paid
    assert (paid, balance(world)) == (order.total, before + 5000 - order.total)


def owing(world: World) -> Order:
    (order,) = world.place("maria", world.order(CLIENT, line("web-start", "1 month")))
    with world.database.writing() as session:
        actor, at = world.actor("owner"), world.clock.now()
        open_debt(session, session.get_one(Order, order.id), actor=actor, at=at)
    return order


def test_a_group_tops_up_by_nothing_it_may_not_use(world: World) -> None:
    assert offered(world) == {MethodKind.BANK_TRANSFER, MethodKind.CASH}
    with world.database.writing() as session:
        group = session.scalars(select(ClientGroup).order_by(ClientGroup.id)).first()
        assert group is not None
        group.forbidden_methods = [ForbiddenMethod(method="bank_transfer")]
    world.change(Membership, {"client_id": world.client_id(CLIENT)}, group_id=group.id)
    assert offered(world) == {MethodKind.CASH}
    refused(world, partial(ask, world), "method_not_allowed", Invalid)


def offered(world: World) -> set[MethodKind]:
    with world.database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        client_id, actor = world.client_id(CLIENT), world.actor(CLIENT)
        return {
            one.kind
            for one in offered_methods(session, client_id, provider, actor, world.clock.now())
        }


def test_the_checks_tell_a_top_up_the_books_do_not_have(world: World) -> None:
    act(world, record_top_up, ask(world))
    waiting = ask(world)
    with world.database.reading() as session:
        assert [*booked(session)] == []
    world.change(TopUp, {"id": waiting.id}, state=TopUpState.PAID)
    with world.database.reading() as session:
        assert len([*booked(session)]) == 1
