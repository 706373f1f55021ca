"""Many small shops on both databases: both sides act, deadlines act by themselves (M2 to M14)."""

from datetime import timedelta

import pytest

from plugins.orders.checkout.place_order import DeliveryWish
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.lifecycle.consequences import Consequences
from plugins.orders.lifecycle.preview_step import preview_step
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.store.find_orders import find_order, order_group
from tests.actions.conftest import Opening
from tests.businesses import ADVICE, ANTENNA, BALANCE, HOSTING, ROUTER, STOCK, Business
from tests.world import hold_only

PARCEL = {"delivery_service": "Speedy", "tracking_code": "BG 123 456"}


@pytest.fixture
def market(business: Opening) -> Business:
    return business("marketplace")


def paid(market: Business, *lines: object, **more: str) -> int:
    order_id = market.place(*lines, **more)  # type: ignore[arg-type]
    market.move(order_id, "accept")
    market.move(order_id, "pay")
    return order_id


def sent(market: Business) -> int:
    order_id = paid(market)
    market.move(order_id, "send", **PARCEL)
    return order_id


def test_m2_goods_in_stock_and_on_order_never_share_an_order(market: Business) -> None:
    orders = market.world.place("maria", market.command(ROUTER, ANTENNA))
    assert [[row.on_order for row in order.lines] for order in orders] == [[False], [True]]
    with market.world.database.reading() as session:
        assert [*order_group(session, orders[1])] == [order.id for order in orders]
    for order in orders:
        market.move(order.id, "accept")
        market.move(order.id, "pay")
    assert [market.status(order.id) for order in orders] == [
        "preparing_for_dispatch",
        "in_progress",
    ]


def test_m3_every_new_order_awaits_confirmation(market: Business) -> None:
    for by in ("maria", "buyer"):
        order_id = market.place(by=by)
        assert (market.status(order_id), market.due(order_id)) == ("awaiting_confirmation", None)
    assert market.stock() == STOCK - 2


def test_m4_agreeing_bills_the_client_who_has_three_days(market: Business) -> None:
    order_id = market.place()
    assert market.order(order_id).documents == []
    market.put(order_id, "awaiting_payment")
    assert len(market.order(order_id).documents) == 1
    assert market.due(order_id) == market.world.clock.now() + timedelta(days=3)
    told = market.happened(order_id, "notice.due")
    assert {(notice["to"], notice["language"]) for notice in told} == {("client", "en")}


@pytest.mark.parametrize("by", ["maria", "buyer"])
def test_m5_either_side_cancels_before_it_is_paid_and_not_after(market: Business, by: str) -> None:
    before, agreed, after = market.place(), market.place(), paid(market)
    market.move(agreed, "accept")
    for order_id in (before, agreed):
        market.move(order_id, "cancel", by=by)
        assert (market.status(order_id), market.due(order_id)) == ("cancelled", None)
        assert all(document.is_void for document in market.order(order_id).documents)
    assert market.stock() == STOCK - 1
    assert market.refused(after, "cancel", by=by) == {"transition_refused", "not_from_here"}


def test_m6_unpaid_by_itself_after_three_days_and_not_before(market: Business) -> None:
    order_id = market.place()
    market.move(order_id, "accept")
    market.wait(days=2, hours=23)
    assert market.fire().moved == 0
    market.wait(hours=1)
    assert market.fire().moved == 1
    order = market.order(order_id)
    assert (order.status.key, order.deadline, market.stock()) == ("unpaid", None, STOCK)
    assert [document.is_void for document in order.documents] == [True]
    assert market.refused(order_id, "pay") == {"transition_refused", "not_owed"}


def test_m7_paid_is_a_button_after_which_no_deadline_waits(market: Business) -> None:
    order_id = paid(market)
    order = market.order(order_id)
    assert (order.status.key, order.left) == ("preparing_for_dispatch", 0)
    market.wait(days=30)
    assert market.fire().moved == 0


def test_m8_sending_needs_the_service_and_the_code_and_keeps_them(market: Business) -> None:
    order_id = paid(market)
    assert market.refused(order_id, "send") == {
        "missing_fields",
        "fields.delivery_service",
        "fields.tracking_code",
    }
    blank = {**PARCEL, "tracking_code": "  "}
    assert market.refused(order_id, "send", **blank) == {
        "missing_fields",
        "fields.tracking_code",
    }
    too_long = {**PARCEL, "delivery_service": "S" * 65}
    assert "fields.delivery_service" in market.refused(order_id, "send", **too_long)
    market.move(order_id, "send", **PARCEL)
    order = market.order(order_id)
    assert (order.status.key, order.delivery_service) == ("sent", "Speedy")
    assert order.fields == {"tracking_code": "BG 123 456"}


def test_m8_the_service_chosen_at_the_checkout_counts(market: Business) -> None:
    wish = market.command(ROUTER).delivery.__class__("speedy")
    order_id = market.place(delivery=wish)
    market.move(order_id, "accept")
    market.move(order_id, "pay")
    market.move(order_id, "send", tracking_code="BG1")
    assert market.order(order_id).delivery_service == "speedy"


def test_m8_after_sent_the_shop_changes_nothing(market: Business) -> None:
    order_id = sent(market)
    for action in ("cancel", "receive", "send", "pay"):
        assert "transition_refused" in market.refused(order_id, action, **PARCEL)
    for status in ("received", "cancelled", "awaiting_pickup"):
        codes = market.refusal(lambda key=status: market.put(order_id, key))
        assert codes & {"not_for_you", "not_by_hand"}


def test_m9_the_shop_chooses_pickup(market: Business) -> None:
    order_id = paid(market)
    assert "not_for_you" in market.refusal(
        lambda: market.put(order_id, "awaiting_pickup", by="buyer")
    )
    market.put(order_id, "awaiting_pickup")
    assert market.due(order_id) == market.world.clock.now() + timedelta(days=5)


def with_courier(market: Business, *, pays: bool = True) -> int:
    """An order with a delivery charge of 3.00 and 20 % of tax, confirmed and paid."""
    order_id = market.place(delivery=DeliveryWish("speedy"))
    market.move(order_id, "accept")
    if pays:
        market.move(order_id, "pay")
    return order_id


@pytest.mark.parametrize(("typed", "back", "left"), [("", 300, 0), ("1.20", 180, 120)])
def test_m9_the_courier_is_taken_off_or_agreed_anew_and_the_difference_goes_back(
    market: Business, typed: str, back: int, left: int
) -> None:
    order_id = with_courier(market)
    before, balance = market.order(order_id), market.stands().balance
    assert before.delivery == 300
    fields = {"delivery_charge": typed} if typed else {}
    told = previewed(market, order_id, **fields)
    market.put(order_id, "awaiting_pickup", by="boss", **fields)
    order = market.order(order_id)
    tax = (before.total - order.total) - back
    assert (order.delivery, order.left, order.owed) == (left, 0, 0)
    assert tax >= 0
    given = before.total - order.total
    assert (order.paid, order.refunded) == (order.total, given)
    assert market.stands().balance == balance + given
    assert order.total == sum(row.base + row.tax for row in order.taxes)
    # the bill says the new sum, the old one is annulled
    assert [(bill.is_void, bill.total) for bill in order.documents] == [
        (True, before.total),
        (False, order.total),
    ]
    assert [one.sum.minor for one in told.given_back] == [given]
    assert [bill.sum.minor for bill in told.issued] == [order.total]
    assert market.happened(order_id, "order.delivery_agreed") == [{"from": 300, "to": left}]


def previewed(market: Business, order_id: int, **fields: str) -> Consequences:
    """What the plan of the step says, with nothing done."""
    before = market.world.everything()
    command = AdvanceOrder(order_id, "set", "awaiting_pickup", fields)
    told: Consequences = market.act(preview_step, command, "boss").consequences
    assert market.world.everything() == before
    return told


def test_m9_where_nothing_was_charged_nothing_is_asked_nor_changed(market: Business) -> None:
    order_id = paid(market)
    before = market.order(order_id)
    market.put(order_id, "awaiting_pickup")
    order = market.order(order_id)
    assert (order.total, order.refunded, len(order.documents)) == (before.total, 0, 1)


@pytest.mark.parametrize("typed", ["3.01", "-1", "0.001", "free"])
def test_m9_a_charge_is_never_raised_nor_guessed(market: Business, typed: str) -> None:
    order_id = with_courier(market)
    refused = market.refusal(
        lambda: market.put(order_id, "awaiting_pickup", by="boss", delivery_charge=typed)
    )
    assert "fields.delivery_charge" in refused


def test_m9_whoever_may_not_give_money_back_takes_no_charge_off(market: Business) -> None:
    order_id = with_courier(market)
    hold_only(market.world, "maria", "orders:order:read", "orders:status:change")
    assert "function_not_held" in market.refusal(lambda: market.put(order_id, "awaiting_pickup"))
    assert market.order(order_id).delivery == 300


def test_m10_the_client_receives_it_and_rates_it_once_it_is_there(market: Business) -> None:
    order_id = sent(market)
    assert "not_from_here" in market.refused(order_id, "review", by="buyer", rating="5")
    market.move(order_id, "receive", by="buyer")
    order = market.order(order_id)
    assert (order.status.key, order.deadline) == ("received", None)
    assert all(row.delivered_at for row in order.lines)
    assert "fields.rating" in market.refused(order_id, "review", by="buyer", rating="6")
    market.move(order_id, "review", by="buyer", rating="5", review="Quick")
    order = market.order(order_id)
    assert order.status.key == "received"
    assert order.fields == {**order.fields, "rating": "5", "review": "Quick"}
    # item 24: once, and it stays
    assert "already_rated" in market.refused(order_id, "review", by="buyer", rating="1")
    with market.world.database.reading() as session:
        actor = market.actor("buyer")
        found = find_order(session, actor, order_id)
        there = offers_for(session, found, actor, market.world.clock.now())
        offers = {offer.step.action: offer for offer in there}
    assert [reason.code for reason in offers["review"].reasons] == ["already_rated"]


def test_m10_the_client_writes_over_nothing_they_are_not_asked_for(market: Business) -> None:
    order_id = sent(market)
    assert market.refused(order_id, "receive", by="buyer", tracking_code="none") == {
        "invalid",
        "fields.tracking_code",
    }
    assert market.refused(order_id, "receive", by="buyer", shoe_size="44") == {
        "invalid",
        "fields.shoe_size",
    }


@pytest.mark.parametrize(("days", "end"), [(35, "received"), (5, "pickup_successful")])
def test_m11_by_themselves(market: Business, days: int, end: str) -> None:
    order_id = sent(market) if end == "received" else paid(market)
    if end != "received":
        market.put(order_id, "awaiting_pickup")
    market.wait(days=days, seconds=-1)
    assert market.fire().moved == 0
    market.wait(seconds=1)
    assert market.fire().moved == 1
    order = market.order(order_id)
    assert (order.status.key, order.deadline) == (end, None)
    assert all(row.delivered_at for row in order.lines)
    assert market.path(order_id)[-1] == ("deadline", end)


def test_m14_cash_on_delivery_is_paid_at_once(market: Business) -> None:
    order_id = market.place(method="cash_on_delivery")
    market.put(order_id, "awaiting_payment")
    # nothing to print for whoever pays at the door
    assert market.order(order_id).documents == []
    market.move(order_id, "pay")
    assert market.status(order_id) == "preparing_for_dispatch"


def test_services_alone_need_no_parcel(market: Business) -> None:
    order_id = paid(market, HOSTING)
    market.deliver(order_id)
    assert (market.status(order_id), market.services(order_id)) == ("received", ["active"])


def test_services_delivered_before_they_are_paid_are_all_there_is_to_it(market: Business) -> None:
    order_id = market.place(HOSTING)
    market.move(order_id, "accept")
    market.deliver(order_id)
    assert market.status(order_id) == "awaiting_payment"
    market.move(order_id, "pay", by="petar")
    assert (market.status(order_id), market.services(order_id)) == ("received", ["active"])


def test_what_costs_nothing_is_not_waited_for(market: Business) -> None:
    order_id = market.place(ADVICE)
    assert market.status(order_id) == "awaiting_confirmation"
    market.move(order_id, "accept")
    assert (market.status(order_id), market.due(order_id)) == ("preparing_for_dispatch", None)


def test_a_price_raised_later_can_be_paid_wherever_the_order_is(market: Business) -> None:
    order_id = sent(market)
    (line_id,) = (row.id for row in market.order(order_id).lines)
    market.act(raise_price, RaisePrice(order_id, line_id, "65.00", "the parcel was heavy"), "boss")
    assert market.order(order_id).left == 500
    market.move(order_id, "pay", by="petar")
    assert (market.status(order_id), market.order(order_id).left) == ("sent", 0)


def test_a_service_delivered_before_it_was_paid_runs_on_and_is_owed(market: Business) -> None:
    """Issue 11, R9: a deadline takes nothing back."""
    order_id = market.place(HOSTING)
    market.move(order_id, "accept")
    market.deliver(order_id)
    assert market.stands().debt == 500
    market.wait(days=3)
    market.fire()
    assert (market.status(order_id), market.services(order_id)) == ("unpaid", ["active"])
    assert (market.stands().debt, market.stands().balance) == (500, BALANCE)
    market.move(order_id, "take_back", taken_back="back")
    assert (market.stands().debt, market.services(order_id)) == (0, ["ended"])
