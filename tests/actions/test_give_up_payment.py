"""A payment at a payment system that nobody waits for any more, and what is told of it later."""

import pytest

from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.store.payment import MessageResult, Payment, PaymentState
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, CLIENT, Business
from tests.gateways import Scripted, Till

TOTAL = 6_000
APPLIED = MessageResult.APPLIED


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


@pytest.fixture
def till(shop: Business) -> Till:
    return Till(shop, Scripted())


def left(till: Till, *, review: bool = False) -> Payment:
    payment = till.leave(till.business.place(by=CLIENT, method="card_gateway"))
    if review:
        till.tell(payment, "in_review")
    return payment


def give_up(
    shop: Business, payment: Payment, by: str = "petar", reason: str = "they asked"
) -> None:
    shop.act(give_up_payment, GiveUpPayment(payment.id, reason), by=by)


def state(shop: Business, payment: Payment) -> PaymentState:
    with shop.world.database.reading() as session:
        return session.get_one(Payment, payment.id).state


@pytest.mark.parametrize(("review", "status"), [(False, "incomplete"), (True, "awaiting_payment")])
def test_w4_the_order_stays_where_it_is(
    shop: Business, till: Till, *, review: bool, status: str
) -> None:
    payment = left(till, review=review)
    give_up(shop, payment)
    assert (shop.status(payment.order_id), state(shop, payment)) == (status, PaymentState.GIVEN_UP)
    (told,) = shop.happened(payment.order_id, "payment.given_up")
    assert (told["reason"], told["amount"]) == ("they asked", TOTAL)


def test_w3_the_client_tries_again_and_is_incomplete_again(shop: Business, till: Till) -> None:
    first = left(till, review=True)
    assert "payment_in_review" in shop.refusal(lambda: till.leave(first.order_id))
    give_up(shop, first)
    second = till.leave(first.order_id)
    assert (second.id != first.id, shop.status(first.order_id)) == (True, "incomplete")
    till.tell(second)
    assert (shop.status(first.order_id), shop.order(first.order_id).paid) == ("new", TOTAL)


def test_who_came_back_may_choose_another_method(shop: Business, till: Till) -> None:
    payment = left(till)
    shop.move(payment.order_id, "pay", by=CLIENT, payment_method="balance")
    assert shop.status(payment.order_id) == "new"


def test_the_client_gives_up_themselves_without_a_reason(shop: Business, till: Till) -> None:
    payment = left(till, review=True)
    give_up(shop, payment, by=CLIENT, reason="")
    assert state(shop, payment) is PaymentState.GIVEN_UP


@pytest.mark.parametrize("review", [False, True])
def test_w4_a_late_success_pays_the_order(shop: Business, till: Till, *, review: bool) -> None:
    payment = left(till, review=review)
    give_up(shop, payment)
    assert till.tell(payment) is APPLIED
    assert (shop.status(payment.order_id), shop.order(payment.order_id).paid) == ("new", TOTAL)


def test_a_late_success_of_an_order_paid_otherwise_goes_to_the_balance(
    shop: Business, till: Till
) -> None:
    payment = left(till, review=True)
    give_up(shop, payment)
    shop.move(payment.order_id, "pay", by="petar", payment_method="cash")
    assert till.tell(payment) is APPLIED
    assert (shop.order(payment.order_id).paid, shop.stands().balance) == (TOTAL, BALANCE + TOTAL)


def test_w4_a_failure_told_late_is_a_failed_payment(shop: Business, till: Till) -> None:
    payment = left(till, review=True)
    give_up(shop, payment)
    assert till.tell(payment, "failed") is APPLIED
    assert shop.status(payment.order_id) == "payment_failed"


def test_a_failure_told_late_does_not_move_an_order_that_is_being_paid_anew(
    shop: Business, till: Till
) -> None:
    first = left(till, review=True)
    give_up(shop, first)
    till.leave(first.order_id)
    assert till.tell(first, "failed") is APPLIED
    assert shop.status(first.order_id) == "incomplete"


def test_a_review_told_late_changes_nothing(shop: Business, till: Till) -> None:
    payment = left(till)
    give_up(shop, payment)
    assert till.tell(payment, "in_review") is MessageResult.NOTHING_NEW
    assert state(shop, payment) is PaymentState.GIVEN_UP


def test_staff_say_why(shop: Business, till: Till) -> None:
    payment = left(till)
    for reason in ("", "  ", "x" * 501):
        said = shop.refusal(lambda why=reason: give_up(shop, payment, reason=why))
        assert said == {"invalid", "reason"}


def test_what_is_decided_is_not_given_up(shop: Business, till: Till) -> None:
    for outcome in ("succeeded", "failed"):
        payment = left(till)
        till.tell(payment, outcome)
        said = shop.refusal(lambda one=payment: give_up(shop, one))
        assert said == {"nothing_to_give_up"}


def test_only_who_may_pay_and_sees_the_order_gives_up(shop: Business, till: Till) -> None:
    payment = left(till)
    assert "function_not_held" in shop.refusal(lambda: give_up(shop, payment, by="georgi"))
    assert "not_found" in shop.refusal(lambda: give_up(shop, payment, by="stoyanova"))
