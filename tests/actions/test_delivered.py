"""What was delivered stays owed until staff take it back; delivering asks the workflow first.

Issue 11, items 4 and R9, in each of the five workflows on both databases.
"""

from collections.abc import Callable

import pytest

from billing_panel.catalog.rules.eligibility_facts import Tender
from plugins.orders.checkout.place_order import DeliveryWish
from plugins.orders.settlement.ledger.refund_ledger import keep_after_all
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.order_sum_rules import PaymentStanding
from plugins.orders.workflow.statuses.stage import Stage
from tests.actions.conftest import Opening
from tests.businesses import (
    BALANCE,
    HIS_POINTS,
    HOSTING,
    KIT,
    ROUTER,
    SERVER,
    STOCK,
    Business,
    wrongs,
)
from tests.world import line

ROUTERS, HOSTINGS, SERVERS = 6_000, 500, 8_000
ON_CREDIT = ["hosting", "marketplace", "procurement"]


def delivering(business: Business, number: int = 0) -> Callable[[int], object]:
    """Mark one line of an order delivered."""

    def deliver(order_id: int) -> object:
        return business.deliver(order_id, business.order(order_id).lines[number].id)

    return deliver


# --- item 4: where lines are delivered


@pytest.mark.parametrize("workflow", ["desk", "marketplace"])
def test_4_what_nobody_agreed_to_is_not_delivered(business: Opening, workflow: str) -> None:
    shop = business(workflow)
    order_id = shop.place(HOSTING, ROUTER)
    said = shop.refusal(lambda: shop.deliver(order_id))
    assert said == {"delivery_refused", "not_delivered_here"}
    shop.move(order_id, "accept")
    shop.deliver(order_id)
    assert shop.stands().debt == ROUTERS + HOSTINGS


def test_4_an_order_not_paid_yet_in_a_webshop_is_not_delivered(business: Opening) -> None:
    shop = business("webshop")
    order_id = shop.place(HOSTING, by="buyer", method="card_gateway")
    assert shop.refusal(lambda: shop.deliver(order_id)) == {"delivery_refused", "not_taken_up"}
    for message in ("payment_in_review", "payment_failed"):
        shop.happens(order_id, message)
        said = shop.refusal(lambda: shop.deliver(order_id))
        assert said == {"delivery_refused", "not_delivered_here"}


def test_4_what_was_new_before_is_delivered_while_the_client_is_away_to_pay(
    business: Opening,
) -> None:
    shop = business("webshop")
    order_id = shop.place(HOSTING, method="card_gateway")
    assert shop.happens(order_id, "left_for_gateway")
    assert shop.status(order_id) == "incomplete"
    shop.deliver(order_id)
    assert (shop.services(order_id), shop.stands().debt) == (["active"], HOSTINGS)


@pytest.mark.parametrize("workflow", ["desk", *ON_CREDIT, "webshop"])
def test_4_nothing_of_what_is_lost_is_delivered(business: Opening, workflow: str) -> None:
    shop = business(workflow)
    order_id = shop.place()
    lose(shop, workflow, order_id)
    said = shop.refusal(lambda: shop.deliver(order_id))
    assert said == {"delivery_refused", "not_delivered_here"}


def test_4_d12_complete_accepts_first_and_then_delivers_in_one_press(business: Opening) -> None:
    desk = business("desk")
    order_id = desk.place(HOSTING)
    desk.move(order_id, "complete")
    assert (desk.status(order_id), desk.services(order_id)) == ("completed", ["active"])


def lose(shop: Business, workflow: str, order_id: int, **fields: str) -> None:
    """As staff do in that workflow."""
    if workflow == "webshop":
        shop.put(order_id, "refused", **fields)
    else:
        shop.move(order_id, "cancel", **fields)


# --- R9: what the client, or time, calls off


@pytest.mark.parametrize("workflow", ["hosting", "marketplace"])
def test_r9_the_clients_cancel_leaves_owed_what_was_delivered(
    business: Opening, workflow: str
) -> None:
    shop = business(workflow)
    order_id = shop.place(ROUTER, SERVER, HOSTING)
    if workflow == "marketplace":
        shop.move(order_id, "accept")
    delivering(shop)(order_id)
    delivering(shop, 2)(order_id)
    shop.move(order_id, "cancel", by="buyer")
    order = shop.order(order_id)
    assert (order.stage, order.owed, shop.stands().debt) == (Stage.LOST, 6_500, 6_500)
    assert (order.claimed, order.left, order.needed) == (6_500, 6_500, 6_500)
    # with the client: out of stock, and running
    assert (shop.stock(), shop.stock("server")) == (STOCK - 1, STOCK)
    assert shop.services(order_id) == ["active"]
    bills = [(bill.total, bill.is_void) for bill in order.documents]
    assert bills == [(ROUTERS + SERVERS + HOSTINGS, True), (6_500, False)]
    assert wrongs(shop.world) == []


def test_r9_m6_not_paying_leaves_owed_what_was_delivered(business: Opening) -> None:
    market = business("marketplace")
    order_id = market.place(ROUTER, HOSTING)
    market.move(order_id, "accept")
    delivering(market)(order_id)
    market.wait(days=3)
    assert market.fire().moved == 1
    assert (market.status(order_id), market.stands().debt) == ("unpaid", ROUTERS)
    assert market.stock() == STOCK - 1
    assert wrongs(market.world) == []


def test_r9_what_a_lost_order_still_owes_is_paid_and_given_back(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(ROUTER, SERVER)
    delivering(hosting)(order_id)
    hosting.move(order_id, "cancel", by="buyer")
    said = hosting.refused(order_id, "pay", by="petar", payment_method="balance", amount="60.01")
    assert said == {"more_than_left"}
    hosting.move(order_id, "pay", by="petar", payment_method="balance")
    order = hosting.order(order_id)
    assert (order.is_paid, order.payment_standing) == (True, PaymentStanding.PAID)
    assert (order.taxed, hosting.stands().debt) == (1_000, 0)
    hosting.move(order_id, "refund", by="boss", reason="goodwill", amount="10")
    assert (hosting.order(order_id).owed, hosting.stands().debt) == (0, 0)
    assert wrongs(hosting.world) == []


def test_r9_what_was_paid_beyond_the_delivered_part_goes_back(business: Opening) -> None:
    market = business("marketplace")
    order_id = market.place(ROUTER, SERVER)
    market.move(order_id, "accept")
    market.move(order_id, "pay", by="petar", payment_method="cash", amount="70")
    delivering(market)(order_id)
    market.move(order_id, "cancel", by="buyer")
    order = market.order(order_id)
    assert (order.paid, order.owed, order.refunded) == (ROUTERS, 0, 1_000)
    assert (market.stands().balance, market.stands().debt) == (BALANCE + 1_000, 0)
    assert wrongs(market.world) == []


def test_r9_goodwill_given_before_is_not_asked_for_again(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(ROUTER, SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="cash", amount="50")
    delivering(hosting)(order_id)
    hosting.move(order_id, "refund", by="boss", reason="a scratch", amount="50")
    hosting.move(order_id, "cancel", by="buyer")
    # 90.00 of 140.00 were owed after it: 60.00 of that is for the router
    assert (hosting.order(order_id).owed, hosting.stands().debt) == (ROUTERS, ROUTERS)
    assert wrongs(hosting.world) == []


def test_r9_delivery_discount_quantity_and_bundles_are_part_of_what_is_kept(
    business: Opening,
) -> None:
    market = business("marketplace")
    order_id = market.place(
        line("router", "once", quantity=3), KIT, SERVER, delivery=DeliveryWish("speedy")
    )
    market.move(order_id, "accept")
    delivering(market)(order_id)
    delivering(market, 1)(order_id)
    market.move(order_id, "cancel", by="buyer")
    assert market.order(order_id).owed == 3 * ROUTERS + 9_000 + 300
    assert (market.stock(), market.stock("server")) == (STOCK - 4, STOCK)
    assert wrongs(market.world) == []


def test_r9_points_paid_for_what_was_delivered_stay_paid(business: Opening) -> None:
    hosting = business("hosting")
    in_points = line("router", "once", pay_with=Tender.POINTS)
    order_id = hosting.place(in_points, in_points, SERVER)
    hosting.move(order_id, "pay", by="petar", payment_method="points")
    delivering(hosting)(order_id)
    hosting.move(order_id, "cancel", by="buyer")
    order = hosting.order(order_id)
    assert (order.paid_points, order.needed_points, order.owed) == (300, 0, 0)
    assert hosting.stands().points == HIS_POINTS - 300
    assert wrongs(hosting.world) == []


# --- R9: what staff take back


@pytest.mark.parametrize("workflow", ["desk", "hosting", "marketplace", "procurement", "webshop"])
def test_r9_staff_say_of_each_delivered_line_whether_it_comes_back(
    business: Opening, workflow: str
) -> None:
    shop = business(workflow)
    order_id = shop.place(ROUTER, HOSTING, SERVER)
    if workflow in {"desk", "marketplace"}:
        shop.move(order_id, "accept")
    delivering(shop)(order_id)
    delivering(shop, 1)(order_id)
    router, hosted, server = (row.id for row in shop.order(order_id).lines)

    def call_off(**fields: str) -> None:
        if workflow == "desk":
            shop.move(order_id, "void", **fields)
        else:
            lose(shop, workflow, order_id, **fields)

    assert shop.refusal(call_off) == {"missing_fields", "fields.taken_back"}
    for written in (f"{router}:back", f"{router}:back {hosted}:maybe", f"{server}:back", "all"):
        said = shop.refusal(lambda text=written: call_off(taken_back=text))
        assert "fields.taken_back" in said
    call_off(taken_back=f"{router}:back {hosted}:kept")
    order = shop.order(order_id)
    assert (order.stage, order.owed, shop.stands().debt) == (Stage.LOST, HOSTINGS, HOSTINGS)
    assert (shop.stock(), shop.stock("server")) == (STOCK, STOCK)
    assert shop.services(order_id) == ["active"]
    assert [bool(row.taken_back_at) for row in order.lines] == [True, False, False]
    assert wrongs(shop.world) == []


def test_r9_what_the_client_called_off_is_taken_back_later(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(ROUTER, HOSTING, SERVER)
    delivering(hosting)(order_id)
    delivering(hosting, 1)(order_id)
    hosting.move(order_id, "cancel", by="buyer")
    hosting.move(order_id, "pay", by="petar", payment_method="cash", amount="50")
    assert "not_for_you" in hosting.refused(order_id, "take_back", by="buyer")
    router, hosted, _server = (row.id for row in hosting.order(order_id).lines)
    hosting.move(order_id, "take_back", by="boss", taken_back=f"{router}:back {hosted}:kept")
    order = hosting.order(order_id)
    assert (order.paid, order.owed, order.refunded) == (HOSTINGS, 0, 4_500)
    assert (hosting.stock(), hosting.services(order_id)) == (STOCK, ["active"])
    hosting.move(order_id, "take_back", by="boss", taken_back="back")
    assert (hosting.order(order_id).paid, hosting.services(order_id)) == (0, ["ended"])
    assert hosting.refused(order_id, "take_back") >= {"nothing_delivered"}
    assert (hosting.stands().balance, hosting.stands().debt) == (BALANCE + 5_000, 0)
    assert wrongs(hosting.world) == []


def test_r9_the_client_never_says_that_a_line_came_back(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place()
    hosting.deliver(order_id, hosting.order(order_id).lines[0].id)
    other = hosting.place(ROUTER, SERVER)
    delivering(hosting)(other)
    said = hosting.refused(other, "cancel", by="buyer", taken_back="back")
    assert "fields.taken_back" in said


def test_r9_a_refund_that_failed_pays_again_what_was_kept(business: Opening) -> None:
    """Its money comes back to the order that is lost, and not to the balance."""
    hosting = business("hosting")
    order_id = hosting.place(ROUTER, SERVER)
    delivering(hosting)(order_id)
    hosting.move(order_id, "pay", by="petar", payment_method="cash", amount="60")
    hosting.move(order_id, "cancel", by="buyer")
    refund = {"reason": "goodwill", "amount": "20", "refund_to": "method"}
    hosting.move(order_id, "refund", by="boss", **refund)
    system, clock = hosting.actor("console"), hosting.world.clock
    with hosting.world.database.writing() as session:
        order = lock_for_change(session, system, order_id)
        (payment,) = order.payments
        (made,) = payment.refunds
        keep_after_all(session, order, payment, made, actor=system, at=clock.now())
    assert (hosting.order(order_id).paid, hosting.stands().balance) == (ROUTERS, BALANCE)
    assert wrongs(hosting.world) == []


def test_r9_a_rented_server_comes_back_when_its_term_is_over(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(SERVER)
    hosting.deliver(order_id)
    assert hosting.happens(order_id, "term_ended")
    assert (hosting.stock("server"), hosting.stands().debt) == (STOCK, SERVERS)
    assert wrongs(hosting.world) == []


def test_r9_stock_that_came_back_is_set_aside_anew_but_for_what_is_with_the_client(
    business: Opening,
) -> None:
    shop = business("webshop")
    order_id = shop.place(ROUTER, SERVER, method="card_gateway")
    delivering(shop)(order_id)
    assert shop.happens(order_id, "left_for_gateway")
    assert shop.happens(order_id, "payment_failed")
    assert (shop.stock(), shop.stock("server")) == (STOCK - 1, STOCK)
    assert shop.happens(order_id, "left_for_gateway")
    assert (shop.stock(), shop.stock("server")) == (STOCK - 1, STOCK - 1)
    assert wrongs(shop.world) == []
