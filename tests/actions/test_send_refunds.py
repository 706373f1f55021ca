"""What goes back to the method of a card payment is asked of its payment system, once."""

import pytest

from billing_panel.kernel.extension.gateways import Gateway, TurnedDown, Unreachable
from billing_panel.kernel.values.money import Money
from plugins.orders.payments.send_refunds import Sent, send_refunds
from plugins.orders.store.payment import Refund
from tests.actions.conftest import Opening
from tests.businesses import CLIENT, Business
from tests.gateways import Scripted, Till


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


@pytest.fixture
def gateway() -> Scripted:
    return Scripted()


def paid_by_card(shop: Business, gateway: Scripted) -> int:
    order_id = shop.place(by=CLIENT, method="card_gateway")
    till = Till(shop, gateway)
    till.tell(till.leave(order_id))
    return order_id


def give_back(shop: Business, order_id: int, amount: str = "", to: str = "method") -> None:
    fields = {"reason": "it broke", "refund_to": to, **({"amount": amount} if amount else {})}
    shop.move(order_id, "refund", by="boss", **fields)


def send(shop: Business, *gateways: Gateway) -> Sent:
    world = shop.world
    named = {gateway.key: gateway for gateway in gateways}
    return send_refunds(world.database, named, actor=shop.actor("console"), clock=world.clock)


def refund(shop: Business, order_id: int) -> Refund:
    (payment,) = shop.order(order_id).payments
    with shop.world.database.reading() as session:
        (found,) = session.merge(payment, load=False).refunds
        return found


def test_a_refund_is_asked_once_and_then_is_sent(shop: Business, gateway: Scripted) -> None:
    order_id = paid_by_card(shop, gateway)
    give_back(shop, order_id, "20")
    assert send(shop, gateway) == Sent(sent=1)
    (asked,) = gateway.refunds
    (payment,) = shop.order(order_id).payments
    assert (asked.reference, asked.money) == (payment.outside, Money(2000, "EUR"))
    assert refund(shop, order_id).sent_at == shop.world.clock.now()
    assert len(shop.happened(order_id, "refund.sent")) == 1
    before = shop.world.everything()
    assert send(shop, gateway) == Sent()
    assert shop.world.everything() == before


def test_what_fails_is_tried_again_later_and_later_by_the_same_key(
    shop: Business, gateway: Scripted
) -> None:
    order_id = paid_by_card(shop, gateway)
    give_back(shop, order_id)
    for error, minutes in ((Unreachable("down"), 5), (TurnedDown("no money"), 10)):
        gateway.error = error
        assert send(shop, gateway) == Sent(delayed=1)
        assert send(shop, gateway) == Sent()
        shop.wait(minutes=minutes)
    gateway.error = None
    assert send(shop, gateway) == Sent(sent=1)
    assert len(gateway.refunds) == 3
    assert len({asked.key for asked in gateway.refunds}) == 1
    told = [facts["why"] for facts in shop.happened(order_id, "refund.delayed")]
    assert told == ["unreachable", "turned_down"]


def test_tries_do_not_grow_apart_for_ever(shop: Business, gateway: Scripted) -> None:
    order_id = paid_by_card(shop, gateway)
    give_back(shop, order_id)
    shop.world.change(Refund, {"id": refund(shop, order_id).id}, tries=1000)
    assert send(shop) == Sent(delayed=1)
    shop.wait(days=1)
    assert send(shop, gateway) == Sent(sent=1)


def test_a_payment_system_without_keys_is_waited_for(shop: Business, gateway: Scripted) -> None:
    order_id = paid_by_card(shop, gateway)
    give_back(shop, order_id)
    assert send(shop) == Sent(delayed=1)
    assert shop.happened(order_id, "refund.delayed")[0]["why"] == "not_set_up"


def test_what_goes_to_the_balance_or_was_cash_is_no_business_of_it(
    shop: Business, gateway: Scripted
) -> None:
    by_card, in_cash = paid_by_card(shop, gateway), shop.place()
    give_back(shop, by_card, to="balance")
    shop.move(in_cash, "pay", by="petar", payment_method="cash")
    give_back(shop, in_cash)
    assert send(shop, gateway) == Sent()
    assert gateway.refunds == []


def test_one_that_breaks_off_keeps_no_other_from_being_asked(
    shop: Business, gateway: Scripted
) -> None:
    first, second = paid_by_card(shop, gateway), paid_by_card(shop, gateway)
    give_back(shop, first)
    give_back(shop, second)
    gateway.error = ValueError("no unit so small")
    assert send(shop, gateway) == Sent(0, 2)
    assert len(gateway.refunds) == 2
    assert [facts["why"] for facts in shop.happened(first, "refund.delayed")] == ["broke_off"]
