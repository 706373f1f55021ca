"""A web shop on both databases: a payment system moves orders, statuses move stock (W3 to W6)."""

import pytest

from tests.actions.conftest import Opening
from tests.businesses import ADVICE, BALANCE, HOSTING, ROUTER, STOCK, Business

SYSTEMS_OWN = ("incomplete", "payment_failed", "awaiting_payment", "new")
TOTAL = 6_000
BACK = {"taken_back": "back"}


@pytest.fixture
def shop(business: Opening) -> Business:
    return business("webshop")


def left(shop: Business) -> int:
    """The client has left for the payment system."""
    return shop.place(by="buyer", method="card_gateway")


def test_w3_the_client_who_leaves_for_the_payment_system_leaves_it_incomplete(
    shop: Business,
) -> None:
    assert shop.status(left(shop)) == "incomplete"


@pytest.mark.parametrize(("by", "method"), [("maria", "card_gateway"), ("buyer", "cash")])
def test_w3_every_other_order_is_new(shop: Business, by: str, method: str) -> None:
    assert shop.status(shop.place(by=by, method=method)) == "new"


def test_w3_nobody_sets_a_status_of_the_systems_by_hand(shop: Business) -> None:
    order_id = left(shop)
    for status in SYSTEMS_OWN:
        for by in ("maria", "buyer", "owner"):
            codes = shop.refusal(lambda key=status, who=by: shop.put(order_id, key, by=who))
            assert codes == {"transition_refused", "not_by_hand"}


def test_w4_the_payment_system_speaks_and_the_order_moves(shop: Business) -> None:
    order_id = left(shop)
    assert shop.happens(order_id, "payment_in_review")
    assert shop.status(order_id) == "awaiting_payment"
    assert shop.happens(order_id, "payment_failed")
    assert (shop.status(order_id), shop.stock()) == ("payment_failed", STOCK)
    assert shop.happens(order_id, "left_for_gateway")
    assert (shop.status(order_id), shop.stock()) == ("incomplete", STOCK - 1)
    # nothing was paid, whatever the message says
    assert not shop.happens(order_id, "payment_succeeded")
    assert shop.status(order_id) == "incomplete"


def test_w4_what_means_nothing_here_is_passed_over(shop: Business) -> None:
    order_id = shop.place()
    before = shop.world.everything()
    for message in ("payment_failed", "payment_in_review", "term_ended", "no_such_message"):
        assert not shop.happens(order_id, message)
    assert shop.world.everything() == before


def test_w4_what_costs_nothing_needs_no_payment_system(shop: Business) -> None:
    order_id = shop.place(ADVICE, by="buyer", method="card_gateway")
    assert shop.path(order_id) == [("payment_succeeded", "new")]


def test_w5_staff_set_theirs_and_the_system_never_does(shop: Business) -> None:
    order_id = shop.place()
    for status in ("processing", "on_hold", "pending", "processing"):
        shop.put(order_id, status)
    assert [to for _action, to in shop.path(order_id)] == [
        "processing",
        "on_hold",
        "pending",
        "processing",
    ]
    assert "not_for_you" in shop.refusal(lambda: shop.put(order_id, "pending", by="buyer"))


def test_w5_delivered_is_a_debt_and_returned_takes_it_back(shop: Business) -> None:
    order_id = shop.place(ROUTER, HOSTING)
    shop.put(order_id, "delivered")
    assert all(row.delivered_at for row in shop.order(order_id).lines)
    assert (shop.stands().debt, shop.services(order_id)) == (TOTAL + 500, ["active"])
    shop.put(order_id, "returned", taken_back="back")
    assert (shop.stands().debt, shop.services(order_id)) == (0, ["ended"])


def test_w5_what_was_paid_and_returned_stands_on_the_balance(shop: Business) -> None:
    order_id = shop.place()
    shop.put(order_id, "delivered")
    shop.move(order_id, "pay", by="petar", payment_method="cash")
    assert (shop.status(order_id), shop.stands().debt) == ("delivered", 0)
    shop.put(order_id, "returned", by="boss", taken_back="back")
    assert (shop.stands().balance, shop.stands().debt) == (BALANCE + TOTAL, 0)
    assert "not_owed" in shop.refused(order_id, "pay", by="petar")


def test_w6_the_stock_follows_the_switches_of_the_statuses(shop: Business) -> None:
    order_id = shop.place()
    seen = [shop.stock()]
    for status, fields in (("processing", {}), ("delivered", {}), ("returned", BACK)):
        shop.put(order_id, status, **fields)
        seen.append(shop.stock())
    # held once, taken without being held again, and back once
    assert seen == [STOCK - 1, STOCK - 1, STOCK - 1, STOCK]
    turned_down = shop.place()
    shop.put(turned_down, "refused")
    assert shop.stock() == STOCK


def test_w6_the_client_is_told_where_the_status_says_so(shop: Business) -> None:
    order_id = shop.place()
    shop.put(order_id, "processing")
    shop.put(order_id, "delivered")
    told = shop.happened(order_id, "notice.due")
    assert [(notice["to"], notice["status"]) for notice in told] == [
        ("client", "new"),
        ("client", "delivered"),
    ]
