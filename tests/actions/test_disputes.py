"""Disputes, and refunds that fail after a payment system took them: once, in any order."""

from itertools import permutations

import pytest

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.balance.change_balance import ChangeBalance, debit_balance
from plugins.orders.payments.send_refunds import Sent, send_refunds
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.store.payment import MessageResult, Payment, Refund
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import BALANCE, CLIENT, PROVIDER, Business
from tests.gateways import SANDBOX, Scripted, Till

TOTAL = 6_000
APPLIED, NOTHING_NEW = MessageResult.APPLIED, MessageResult.NOTHING_NEW
WRONG_SUM = MessageResult.WRONG_SUM


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


@pytest.fixture
def till(shop: Business) -> Till:
    return Till(shop, Scripted())


def paid(till: Till) -> Payment:
    payment = till.leave(till.business.place(by=CLIENT, method="card_gateway"))
    till.tell(payment)
    return payment


def unchanged(till: Till, tell: object) -> MessageResult:
    """What became of a message that is kept, and changes nothing."""
    world = till.business.world
    before = world.everything()
    result: MessageResult = tell()  # type: ignore[operator]
    after = world.everything()
    changed = {table for table in after if after[table] != before[table]}
    assert changed <= {"gateway_message", "event"}
    return result


def given_back(shop: Business, payment: Payment, amount: str = "20") -> Refund:
    fields = {"reason": "it broke", "refund_to": "method", "amount": amount}
    shop.move(payment.order_id, "refund", by="boss", **fields)
    return refunds(shop, payment)[-1]


def sent(till: Till) -> Sent:
    """What the payment system takes of refunds that are due."""
    world, gateways = till.business.world, {till.gateway.key: till.gateway}
    system = till.business.actor("console")
    return send_refunds(world.database, gateways, actor=system, clock=world.clock)


def refunds(shop: Business, payment: Payment) -> list[Refund]:
    with shop.world.database.reading() as session:
        return list(session.get_one(Payment, payment.id).refunds)


def test_a_dispute_is_seen_and_moves_no_money(shop: Business, till: Till) -> None:
    payment = paid(till)
    assert till.dispute(payment, "disputed") is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.status.key) == (TOTAL, "new")
    assert shop.received(AccountKind.CARD) == TOTAL
    (told,) = shop.happened(payment.order_id, "payment.disputed")
    assert (told["amount"], told["currency"]) == (TOTAL, "EUR")
    assert shop.happened(payment.order_id, "notice.due")[-1]["to"] == "shop"
    assert till.dispute(payment, "disputed") is NOTHING_NEW


def test_a_dispute_that_is_won_leaves_everything_as_it_was(shop: Business, till: Till) -> None:
    payment = paid(till)
    till.dispute(payment, "disputed")
    assert till.dispute(payment, "dispute_won") is APPLIED
    assert (shop.order(payment.order_id).paid, shop.received(AccountKind.CARD)) == (TOTAL, TOTAL)
    assert len(shop.happened(payment.order_id, "payment.dispute_won")) == 1


def test_a_lost_dispute_takes_the_money_back_and_the_order_is_unpaid(
    shop: Business, till: Till
) -> None:
    payment = paid(till)
    till.dispute(payment, "disputed")
    assert till.dispute(payment, "dispute_lost") is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.owed, order.needed) == (0, 0, TOTAL)
    assert (order.status.key, order.payment_standing) == ("new", PaymentStanding.REFUNDED)
    assert (shop.received(AccountKind.CARD), shop.stands().balance) == (0, BALANCE)
    again = till.leave(payment.order_id)
    assert till.tell(again) is APPLIED
    assert shop.order(payment.order_id).paid == TOTAL


def test_what_was_delivered_is_a_debt_after_a_lost_dispute(shop: Business, till: Till) -> None:
    payment = paid(till)
    shop.deliver(payment.order_id)
    assert till.dispute(payment, "dispute_lost", money=Money(2_500, "EUR")) is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.owed, shop.stands().debt) == (3_500, 2_500, 2_500)


def test_what_was_owed_before_it_was_paid_is_owed_again(business: Opening) -> None:
    desk = business("desk")
    till = Till(desk, Scripted())
    order_id = desk.place()
    desk.move(order_id, "accept")
    payment = till.leave(order_id)
    till.tell(payment)
    assert till.dispute(payment, "dispute_lost") is APPLIED
    assert (desk.order(order_id).owed, desk.stands().debt) == (TOTAL, TOTAL)


def spend(shop: Business, amount: str) -> None:
    command = ChangeBalance(shop.client_id, amount, "spent", provider=PROVIDER)
    shop.act(debit_balance, command, by="boss")


@pytest.mark.parametrize(("spent", "left"), [("0.01", BALANCE - 1), ("530", 0)])
def test_what_went_to_the_balance_is_taken_there_and_the_rest_is_a_loss(
    shop: Business, till: Till, spent: str, left: int
) -> None:
    payment = till.leave(shop.place(by=CLIENT, method="card_gateway"))
    shop.put(payment.order_id, "refused")
    till.tell(payment)
    spend(shop, spent)
    assert till.dispute(payment, "dispute_lost") is APPLIED
    (told,) = shop.happened(payment.order_id, "payment.dispute_lost")
    assert told["of_balance"] + told["loss"] == TOTAL
    assert (shop.stands().balance, shop.received(AccountKind.CARD)) == (left, 0)


@pytest.mark.parametrize("outcomes", list(permutations(["succeeded", "disputed", "dispute_lost"])))
def test_in_whichever_order_messages_come_a_lost_dispute_takes_the_money_once(
    shop: Business, till: Till, outcomes: tuple[str, ...]
) -> None:
    payment = till.leave(shop.place(by=CLIENT, method="card_gateway"))
    for outcome in (*outcomes, *outcomes):
        till.dispute(payment, outcome)
    order = shop.order(payment.order_id)
    assert (order.paid, order.needed, shop.received(AccountKind.CARD)) == (0, TOTAL, 0)
    assert len(shop.happened(payment.order_id, "payment.dispute_lost")) == 1


def test_a_dispute_is_closed_once(till: Till) -> None:
    for first, then in (("dispute_won", "dispute_lost"), ("dispute_lost", "dispute_won")):
        payment = paid(till)
        till.dispute(payment, first)
        told = unchanged(till, lambda one=payment, said=then: till.dispute(one, said))
        assert told is MessageResult.CLOSED_OTHERWISE


def test_twenty_at_once_take_the_money_once(shop: Business, till: Till) -> None:
    payment = paid(till)
    results = at_once([lambda: till.dispute(payment, "dispute_lost")] * 20)
    assert sorted(results) == sorted([APPLIED] + [NOTHING_NEW] * 19)  # type: ignore[type-var]
    assert shop.received(AccountKind.CARD) == 0


@pytest.mark.parametrize(
    "money", [Money(6_001, "EUR"), Money(0, "EUR"), Money(-1, "EUR"), Money(6_000, "USD")]
)
@pytest.mark.parametrize("outcome", ["disputed", "dispute_won", "dispute_lost"])
def test_attack_24_a_dispute_of_another_sum_or_currency_changes_nothing(
    till: Till, money: Money, outcome: str
) -> None:
    payment = paid(till)
    told = unchanged(till, lambda: till.dispute(payment, outcome, money=money))
    assert told is WRONG_SUM


def test_attack_18_what_was_given_back_already_is_not_taken_once_more(
    shop: Business, till: Till
) -> None:
    payment = paid(till)
    given_back(shop, payment, "20")
    sent(till)
    before = shop.received(AccountKind.CARD), shop.order(payment.order_id).paid
    assert till.dispute(payment, "dispute_lost") is APPLIED
    assert unchanged(till, lambda: till.dispute(payment, "dispute_lost")) is NOTHING_NEW
    assert (shop.received(AccountKind.CARD), shop.order(payment.order_id).paid) == before
    assert shop.happened(payment.order_id, "payment.dispute_waits")[0]["amount"] == TOTAL
    rest = Money(4_000, "EUR")
    assert till.dispute(payment, "dispute_lost", money=rest) is APPLIED
    assert shop.received(AccountKind.CARD) == 0


def test_a_lost_dispute_takes_what_a_refund_that_failed_did_not(shop: Business, till: Till) -> None:
    payment = paid(till)
    refund = given_back(shop, payment, "60")
    sent(till)
    till.dispute(payment, "dispute_lost")
    assert till.refund_fails(payment, refund) is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.needed, shop.received(AccountKind.CARD)) == (0, TOTAL, 0)


def test_a_refund_that_was_not_sent_yet_is_none_after_a_lost_dispute(
    shop: Business, till: Till
) -> None:
    payment = paid(till)
    given_back(shop, payment, "20")
    assert till.dispute(payment, "dispute_lost") is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.needed, shop.received(AccountKind.CARD)) == (0, TOTAL, 0)
    assert sent(till) == Sent()


def test_an_order_does_not_go_on_as_paid_by_what_a_dispute_has_taken(business: Opening) -> None:
    hosting = business("hosting")
    method = {"provider_id": hosting.provider_id, "kind": MethodKind.CARD_GATEWAY}
    hosting.world.change(PaymentMethod, method, gateway=SANDBOX)
    till = Till(hosting, Scripted())
    payment = till.leave(hosting.place(by=CLIENT, method="card_gateway"))
    till.dispute(payment, "dispute_lost")
    till.tell(payment)
    assert hosting.path(payment.order_id) == []
    assert (hosting.status(payment.order_id), hosting.order(payment.order_id).paid) == (
        "awaiting_payment",
        0,
    )


def test_a_refund_that_fails_pays_the_order_again(shop: Business, till: Till) -> None:
    payment = paid(till)
    before = shop.order(payment.order_id)
    refund = given_back(shop, payment)
    assert till.refund_fails(payment, refund) is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.refunded, order.taxed) == (TOTAL, 0, before.taxed)
    assert (shop.received(AccountKind.CARD), shop.stands().balance) == (TOTAL, BALANCE)
    assert shop.happened(payment.order_id, "refund.failed")[0]["amount"] == 2_000
    assert "shop" in {told["to"] for told in shop.happened(payment.order_id, "notice.due")}
    assert till.refund_fails(payment, refund) is NOTHING_NEW
    fields = {"reason": "in another way", "refund_to": "balance", "amount": "20"}
    shop.move(payment.order_id, "refund", by="boss", **fields)
    assert (shop.stands().balance, shop.order(payment.order_id).paid) == (BALANCE + 2_000, 4_000)


def test_a_refund_that_failed_is_not_sent_any_more(shop: Business, till: Till) -> None:
    payment = paid(till)
    till.refund_fails(payment, given_back(shop, payment))
    assert sent(till) == Sent()


def test_what_was_paid_once_more_meanwhile_goes_to_the_balance(shop: Business, till: Till) -> None:
    payment = paid(till)
    refund = given_back(shop, payment)
    fields = {"payment_method": "cash", "amount": "15"}
    shop.move(payment.order_id, "pay", by="petar", **fields)
    assert till.refund_fails(payment, refund) is APPLIED
    order = shop.order(payment.order_id)
    assert (order.paid, order.surplus, shop.stands().balance) == (TOTAL, 1_500, BALANCE + 1_500)


def test_of_a_lost_order_nothing_is_owed_whatever_fails_and_is_disputed(
    shop: Business, till: Till
) -> None:
    payment = paid(till)
    shop.put(payment.order_id, "delivered")
    refund = given_back(shop, payment, "60")
    sent(till)
    shop.put(payment.order_id, "returned", taken_back="back")
    assert till.refund_fails(payment, refund) is APPLIED
    assert (shop.order(payment.order_id).paid, shop.stands().balance) == (0, BALANCE + TOTAL)
    till.dispute(payment, "dispute_lost")
    assert (shop.stands().balance, shop.stands().debt) == (BALANCE, 0)
    assert (shop.order(payment.order_id).owed, shop.received(AccountKind.CARD)) == (0, 0)


def test_twenty_at_once_bring_a_failed_refund_back_once(shop: Business, till: Till) -> None:
    payment = paid(till)
    refund = given_back(shop, payment)
    results = at_once([lambda: till.refund_fails(payment, refund)] * 20)
    assert sorted(results) == sorted([APPLIED] + [NOTHING_NEW] * 19)  # type: ignore[type-var]
    assert shop.order(payment.order_id).paid == TOTAL


@pytest.mark.parametrize("money", [Money(2_001, "EUR"), Money(2_000, "USD"), Money(0, "EUR")])
def test_attack_24_a_failed_refund_of_another_sum_changes_nothing(
    shop: Business, till: Till, money: Money
) -> None:
    payment = paid(till)
    refund = given_back(shop, payment)
    told = unchanged(till, lambda: till.refund_fails(payment, refund, money=money))
    assert told is WRONG_SUM


@pytest.mark.parametrize("key", ["", "refund", "refund-", "refund-999-1", "1-1", "refund-１-1"])
def test_attack_24_a_refund_nobody_knows_changes_nothing(
    shop: Business, till: Till, key: str
) -> None:
    payment = paid(till)
    refund = given_back(shop, payment)
    told = unchanged(till, lambda: till.refund_fails(payment, refund, key=key))
    assert told is MessageResult.UNKNOWN_PAYMENT


def test_attack_24_a_refund_to_the_balance_cannot_fail(shop: Business, till: Till) -> None:
    payment = paid(till)
    shop.move(payment.order_id, "refund", by="boss", reason="so", refund_to="balance")
    (refund,) = refunds(shop, payment)
    told = unchanged(till, lambda: till.refund_fails(payment, refund))
    assert told is MessageResult.UNKNOWN_PAYMENT
