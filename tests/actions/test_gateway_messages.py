"""What payment systems say moves money and orders, once, on both databases (W3, W4)."""

from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import func, select

from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.payment import GatewayMessage, MessageResult, Payment, PaymentState
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import BALANCE, CLIENT, STOCK, Business
from tests.gateways import SANDBOX, Till

TOTAL = 6_000
APPLIED, NOTHING_NEW = MessageResult.APPLIED, MessageResult.NOTHING_NEW


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


@pytest.fixture
def till(shop: Business) -> Till:
    return Till(shop, shop.world.panel.gateways[SANDBOX])


def ordered(shop: Business) -> int:
    return shop.place(by=CLIENT, method="card_gateway")


def messages(shop: Business) -> int:
    with shop.world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(GatewayMessage)) or 0


def state(shop: Business, payment: Payment) -> PaymentState:
    with shop.world.database.reading() as session:
        return session.get_one(Payment, payment.id).state


def test_w3_and_w4_left_paid_and_new_at_once(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    assert (shop.status(order_id), shop.order(order_id).paid) == ("incomplete", 0)
    assert till.tell(payment) is APPLIED
    order = shop.order(order_id)
    assert (order.status.key, order.payment_standing) == ("new", PaymentStanding.PAID)
    assert shop.received(AccountKind.CARD) == TOTAL
    assert [action for action, _to in shop.path(order_id)] == [
        "left_for_gateway",
        "payment_succeeded",
    ]


def test_w3_a_payment_that_fails_is_payment_failed_and_may_be_tried_again(
    shop: Business, till: Till
) -> None:
    order_id = ordered(shop)
    first = till.leave(order_id)
    assert till.tell(first, "failed") is APPLIED
    assert (shop.status(order_id), shop.stock()) == ("payment_failed", STOCK)
    second = till.leave(order_id)
    assert second.id != first.id
    assert (shop.status(order_id), shop.stock()) == ("incomplete", STOCK - 1)
    assert till.tell(second) is APPLIED
    assert shop.status(order_id) == "new"


def test_w3_and_w4_a_review_is_awaiting_payment_and_ends_either_way(
    shop: Business, till: Till
) -> None:
    for outcome, status in (("succeeded", "new"), ("failed", "payment_failed")):
        order_id = ordered(shop)
        payment = till.leave(order_id)
        till.tell(payment, "in_review")
        assert shop.status(order_id) == "awaiting_payment"
        till.tell(payment, outcome)
        assert shop.status(order_id) == status


def test_the_same_message_again_is_handled_once(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    message = till.message(till.leave(order_id))
    assert till.take(message) is APPLIED
    before = shop.world.everything()
    assert till.take(message) is APPLIED
    assert shop.world.everything() == before


def test_another_message_of_the_same_payment_changes_nothing_but_is_kept(
    shop: Business, till: Till
) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    till.tell(payment)
    entries = shop.received(AccountKind.CARD)
    for outcome in ("succeeded", "failed", "in_review"):
        assert till.tell(payment, outcome) is NOTHING_NEW
    assert (shop.received(AccountKind.CARD), shop.status(order_id)) == (entries, "new")
    assert messages(shop) == 4


@pytest.mark.parametrize("order", list(permutations(["in_review", "failed", "succeeded"])))
def test_attack_25_in_whichever_order_messages_come_what_was_paid_counts_once(
    shop: Business, till: Till, order: tuple[str, ...]
) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    for outcome in order:
        till.tell(payment, outcome)
    assert (shop.order(order_id).paid, shop.stands().balance) == (TOTAL, BALANCE)
    assert (shop.status(order_id), state(shop, payment)) == ("new", PaymentState.RECEIVED)


def test_attack_25_a_review_told_late_does_not_undo_a_failure(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    till.tell(payment, "failed")
    assert till.tell(payment, "in_review") is NOTHING_NEW
    assert shop.status(order_id) == "payment_failed"


def test_attack_25_twenty_at_once_of_one_event_have_one_effect(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    message = till.message(till.leave(order_id))
    results = at_once([lambda: till.take(message)] * 20)
    assert set(results) == {APPLIED}
    assert (shop.received(AccountKind.CARD), shop.order(order_id).paid) == (TOTAL, TOTAL)
    assert (messages(shop), len(shop.happened(order_id, "payment.received"))) == (1, 1)


def test_attack_25_twenty_events_of_one_payment_at_once_have_one_effect(
    shop: Business, till: Till
) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    results = at_once([lambda: till.tell(payment)] * 20)
    assert sorted(results) == sorted([APPLIED] + [NOTHING_NEW] * 19)  # type: ignore[type-var]
    assert (shop.received(AccountKind.CARD), messages(shop)) == (TOTAL, 20)


def unchanged_but_kept(shop: Business, till: Till, payment: Payment, **other: object) -> str:
    """What became of a message that says something else; nothing has happened to the order."""
    before = shop.world.everything()
    result = till.tell(payment, **other)  # type: ignore[arg-type]
    after = shop.world.everything()
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"gateway_message", "event"}
    return result.value


@pytest.mark.parametrize(
    "money", [Money(5_999, "EUR"), Money(6_001, "EUR"), Money(6_000, "USD"), Money(0, "EUR")]
)
@pytest.mark.parametrize("outcome", ["succeeded", "failed", "in_review"])
def test_attack_24_another_sum_or_currency_is_kept_and_changes_nothing(
    shop: Business, till: Till, money: Money, outcome: str
) -> None:
    payment = till.leave(ordered(shop))
    told = unchanged_but_kept(shop, till, payment, outcome=outcome, money=money)
    assert told == "wrong_sum"


def test_attack_24_a_message_for_another_order_is_kept_and_changes_nothing(
    shop: Business, till: Till
) -> None:
    one, other = till.leave(ordered(shop)), till.leave(ordered(shop))
    named = unchanged_but_kept(shop, till, one, key=other.key)
    assert named == "other_payment"
    assert unchanged_but_kept(shop, till, one, key="") == "other_payment"


@pytest.mark.parametrize("key", ["", "1", "nonsense", "999999-1", "9" * 40, "-1", "１-1"])
def test_attack_24_a_payment_nobody_knows_is_kept_and_changes_nothing(
    shop: Business, till: Till, key: str
) -> None:
    payment = till.leave(ordered(shop))
    result = unchanged_but_kept(shop, till, payment, reference="of-nobody", key=key)
    assert result == "unknown_payment"


def test_a_message_of_another_payment_system_names_no_payment_of_this_one(
    shop: Business, till: Till
) -> None:
    payment = till.leave(ordered(shop))
    other = Till(shop, replace(shop.world.panel.gateways[SANDBOX], key="other"))  # type: ignore[type-var]
    assert unchanged_but_kept(shop, other, payment) == "unknown_payment"


def test_a_success_after_the_order_was_refused_goes_to_the_balance(
    shop: Business, till: Till
) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    shop.put(order_id, "refused")
    assert till.tell(payment) is APPLIED
    order = shop.order(order_id)
    assert (order.status.key, order.paid, order.surplus) == ("refused", 0, TOTAL)
    assert shop.stands().balance == BALANCE + TOTAL


def test_a_success_after_the_order_was_paid_otherwise_goes_to_the_balance(
    shop: Business, till: Till
) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert shop.status(order_id) == "new"
    assert till.tell(payment) is APPLIED
    assert (shop.order(order_id).paid, shop.stands().balance) == (TOTAL, BALANCE + TOTAL)


def test_a_message_faster_than_the_page_finds_its_payment(shop: Business, till: Till) -> None:
    order_id = ordered(shop)
    payment = till.leave(order_id)
    shop.world.change(Payment, {"id": payment.id}, outside=None, page=None)
    assert till.tell(payment) is APPLIED
    assert shop.status(order_id) == "new"


def test_in_a_workflow_that_has_no_word_for_it_the_money_is_taken_all_the_same(
    business: Opening,
) -> None:
    desk = business("desk")
    till = Till(desk, desk.world.panel.gateways[SANDBOX])
    order_id = desk.place()
    desk.move(order_id, "accept")
    payment = till.leave(order_id)
    assert till.tell(payment, "in_review") is APPLIED
    assert till.tell(payment) is APPLIED
    assert (desk.status(order_id), desk.order(order_id).left) == ("accepted", 0)
    assert desk.stands().debt == 0
