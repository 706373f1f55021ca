"""The way of an order draws its good course (issue item 24)."""

from typing import Any

import pytest

from plugins.orders.workflow.happy_path import happy_path
from tests.workflows import SHIPPED, TOTAL, order, shipped


def course(workflow: str, status: str, **facts: Any) -> list[str]:
    return [one.key for one in happy_path(shipped(workflow), order(status, **facts))]


@pytest.mark.parametrize(
    ("workflow", "status", "onward"),
    [
        ("hosting", "awaiting_payment", ["paid", "setting_up", "active"]),
        ("hosting", "action_needed", ["setting_up", "active"]),
        ("hosting", "suspended", ["active"]),
        ("desk", "new", ["accepted", "completed"]),
        (
            "marketplace",
            "awaiting_confirmation",
            ["awaiting_payment", "preparing_for_dispatch", "sent", "received"],
        ),
        ("marketplace", "awaiting_pickup", ["pickup_successful"]),
        ("procurement", "awaiting_payment", ["paid", "sent"]),
        ("webshop", "payment_failed", ["new", "delivered"]),
        ("webshop", "on_hold", ["delivered"]),
    ],
)
def test_24_the_way_leads_on_to_where_the_order_is_done(
    workflow: str, status: str, onward: list[str]
) -> None:
    assert course(workflow, status) == onward


def test_24_goods_on_order_take_their_own_way() -> None:
    assert course("marketplace", "awaiting_payment", lines_on_order=1)[0] == "in_progress"
    assert course("hosting", "awaiting_payment", paid=TOTAL)[0] == "paid"


def test_24_what_has_ended_and_what_goes_wrong_is_no_part_of_it() -> None:
    for key in SHIPPED:
        for status in shipped(key).statuses:
            found = happy_path(shipped(key), order(status.key))
            assert all(one.stage != "lost" for one in found)
            assert not (status.stage in {"done", "lost"} and found)
