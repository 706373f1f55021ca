"""The order page of an online shop on both databases (P2, P4, P7)."""

from functools import partial
from itertools import product

import pytest

from billing_panel.ledger.double_entry import AccountKind
from plugins.orders.lifecycle.set_line_status import SetLineStatus, set_line_status
from tests.actions.conftest import Opening
from tests.businesses import BALANCE, HOSTING, ROUTER, STOCK, Business

TOTAL = 6_000
STATUSES = {
    "AP": "awaiting_payment",
    "AS": "awaiting_surcharge",
    "PD": "paid",
    "PR": "in_processing",
    "RO": "additional_order",
    "WH": "in_processing_at_the_warehouse",
    "RP": "ready_for_packing",
    "RD": "ready_for_dispatch",
    "SE": "sent",
    "CO": "completed",
    "CA": "cancelled",
}
# P2 as it stands in SYSTEMS.md
MATRIX = {
    "AP": "+ + + + + + + + - - -",
    "AS": "+ - + + + + + + - - -",
    "PD": "- + - + + + + + - - -",
    "PR": "+ + + + + + + + - - -",
    "RO": "+ + + + + + + + - - -",
    "WH": "+ + + + + + + + - - -",
    "RP": "+ + + + + + - + - - -",
    "RD": "+ + + + + + + + - - -",
    "SE": "- - - - - - - - - - -",
    "CO": "- - - - - - - - - - -",
    "CA": "- - - - - - - - - - -",
}
ALLOWED = {
    (source, target): mark == "+"
    for source, marks in MATRIX.items()
    for target, mark in zip(STATUSES, marks.split(), strict=True)
}


@pytest.fixture
def procurement(business: Opening) -> Business:
    return business("procurement")


ENDING = {"SE": "send", "CO": "complete", "CA": "cancel"}


def in_status(business: Business, key: str) -> int:
    """A new order, brought there as staff do it."""
    order_id = business.place(HOSTING)
    if key in ENDING:
        business.move(order_id, ENDING[key])
    elif key != "AP":
        business.put(order_id, STATUSES[key])
    return order_id


def test_p2_every_cell_of_the_matrix_both_ways(procurement: Business) -> None:
    there = {source: in_status(procurement, source) for source in MATRIX}
    for (source, target), is_allowed in ALLOWED.items():
        order_id = in_status(procurement, source) if is_allowed else there[source]
        if is_allowed:
            before = len(procurement.path(order_id))
            procurement.put(order_id, STATUSES[target])
            assert procurement.status(order_id) == STATUSES[target]
            # to itself: a new entry of the history
            assert procurement.path(order_id)[before:] == [("set", STATUSES[target])]
        elif source in {"AS", "PD", "RP"} or target == "SE":
            # the others of these rows are alike; each compares the whole database
            codes = procurement.refusal(partial(procurement.put, order_id, STATUSES[target]))
            assert codes == {"transition_refused", "not_by_hand"}


def test_p2_nothing_but_the_status_changes_when_it_is_set_again(procurement: Business) -> None:
    order_id = procurement.place()
    before = procurement.order(order_id)
    procurement.wait(days=1)
    procurement.put(order_id, "awaiting_payment")
    after = procurement.order(order_id)
    assert after.version == before.version + 1
    assert after.status_since == before.status_since
    assert procurement.happened(order_id, "order.moved")[0]["effects"] == []


def test_p2_the_ends_are_reached_by_their_actions_and_final(procurement: Business) -> None:
    for action, end in (("send", "sent"), ("complete", "completed"), ("cancel", "cancelled")):
        order_id = procurement.place()
        procurement.move(order_id, action)
        assert procurement.status(order_id) == end
        for again in ("send", "complete", "cancel"):
            assert "not_from_here" in procurement.refused(order_id, again)


def line_counts(business: Business, order_id: int) -> dict[str | None, int]:
    counts: dict[str | None, int] = {}
    for row in business.order(order_id).lines:
        counts[row.status] = counts.get(row.status, 0) + row.quantity
    return counts


def set_line(business: Business, order_id: int, line_id: int, status: str) -> None:
    business.act(set_line_status, SetLineStatus(order_id, line_id, status))


def test_p4_lines_have_statuses_of_their_own_and_delivering_is_one(procurement: Business) -> None:
    order_id = procurement.place(ROUTER, HOSTING, ROUTER)
    first, second, third = (row.id for row in procurement.order(order_id).lines)
    assert line_counts(procurement, order_id) == {"waiting": 3}
    set_line(procurement, order_id, first, "packed")
    set_line(procurement, order_id, second, "ordered")
    assert line_counts(procurement, order_id) == {"packed": 1, "ordered": 1, "waiting": 1}
    procurement.deliver(order_id, third)
    assert line_counts(procurement, order_id) == {"packed": 1, "ordered": 1, "delivered": 1}
    procurement.move(order_id, "send")
    assert line_counts(procurement, order_id) == {"delivered": 3}


def test_p4_what_is_not_to_be_had_is_not_delivered_with_the_rest(procurement: Business) -> None:
    order_id = procurement.place(ROUTER, HOSTING)
    first = procurement.order(order_id).lines[0].id
    set_line(procurement, order_id, first, "unavailable")
    procurement.move(order_id, "send")
    assert line_counts(procurement, order_id) == {"unavailable": 1, "delivered": 1}
    gone, sent = procurement.order(order_id).lines
    assert (gone.delivered_at, sent.delivered_at is not None) == (None, True)


def test_p4_a_line_that_was_given_up_is_delivered_when_it_is_named(procurement: Business) -> None:
    order_id = procurement.place(ROUTER, ROUTER)
    first, second = (row.id for row in procurement.order(order_id).lines)
    set_line(procurement, order_id, first, "unavailable")
    procurement.deliver(order_id, second)
    assert procurement.refusal(lambda: procurement.deliver(order_id)) == {"already_delivered"}
    procurement.deliver(order_id, first)
    assert line_counts(procurement, order_id) == {"delivered": 2}


def test_p4_a_line_is_delivered_by_delivering_it_and_stays_so(procurement: Business) -> None:
    order_id = procurement.place(ROUTER, HOSTING)
    first, second = (row.id for row in procurement.order(order_id).lines)

    def refused(line_id: int, status: str) -> set[str]:
        return procurement.refusal(lambda: set_line(procurement, order_id, line_id, status))

    assert refused(first, "delivered") == {"use_deliver"}
    assert refused(first, "lost_at_sea") == {"invalid", "status"}
    assert refused(0, "packed") == {"not_found"}
    procurement.deliver(order_id, first)
    assert refused(first, "packed") == {"already_delivered"}
    set_line(procurement, order_id, first, "delivered")
    procurement.move(order_id, "cancel", taken_back="kept")
    assert refused(second, "packed") == {"order_lost"}


def test_p7_staff_pay_the_clients_order_from_their_balance(procurement: Business) -> None:
    order_id = procurement.place()
    assert procurement.refused(order_id, "pay", payment_method="balance") == {"function_not_held"}
    procurement.move(order_id, "pay", by="petar", payment_method="balance")
    assert (procurement.status(order_id), procurement.order(order_id).left) == ("paid", 0)
    assert procurement.stands().balance == BALANCE - TOTAL


@pytest.mark.parametrize("status", ["in_processing", "ready_for_dispatch"])
def test_p7_an_order_under_way_can_be_paid_and_stays_where_it_is(
    procurement: Business, status: str
) -> None:
    order_id = procurement.place()
    procurement.put(order_id, status)
    procurement.move(order_id, "pay", by="petar", payment_method="cash")
    assert (procurement.status(order_id), procurement.order(order_id).left) == (status, 0)


def test_p7_what_was_sent_unpaid_is_a_debt_until_it_is_paid(procurement: Business) -> None:
    order_id = procurement.place()
    procurement.move(order_id, "send")
    assert procurement.stands().debt == TOTAL
    procurement.move(order_id, "pay", by="petar", payment_method="bank_transfer")
    assert (procurement.stands().debt, procurement.received(AccountKind.BANK)) == (0, TOTAL)
    assert procurement.status(order_id) == "sent"


@pytest.mark.parametrize(("delivered", "paid"), [*product([False, True], repeat=2)])
def test_whatever_was_done_cancelling_takes_all_of_it_back(
    procurement: Business,
    delivered: bool,  # noqa: FBT001
    paid: bool,  # noqa: FBT001
) -> None:
    order_id = procurement.place(ROUTER, HOSTING)
    if paid:
        procurement.move(order_id, "pay", by="petar", payment_method="balance")
    if delivered:
        procurement.deliver(order_id, procurement.order(order_id).lines[1].id)
    fields = {"taken_back": "back"} if delivered else {}
    procurement.move(order_id, "cancel", by="boss" if paid else "maria", **fields)
    order = procurement.order(order_id)
    assert [document.is_void for document in order.documents] == [True]
    assert (order.paid, procurement.stock()) == (0, STOCK)
    stands = procurement.stands()
    assert (stands.balance, stands.debt) == (BALANCE, 0)
    assert procurement.services(order_id) == (["ended"] if delivered else [])
