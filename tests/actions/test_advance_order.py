"""Who may move an order, and what a refusal leaves behind: nothing; on both databases."""

from functools import partial

import pytest
from sqlalchemy import select

from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.language.errors import DomainError
from permissions.models import StaffFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import latest_version
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once
from tests.businesses import HOSTING, ROUTER, STOCK, Business


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def test_who_may_only_look_is_told_which_function_they_lack(desk: Business) -> None:
    order_id = desk.place()
    assert desk.refused(order_id, "accept", by="georgi") == {"function_not_held"}
    with pytest.raises(DomainError) as refusal:
        desk.move(order_id, "accept", by="georgi")
    assert refusal.value.facts == {"function": "orders:status:change"}


def test_the_function_of_one_action_gives_that_action_and_no_other(desk: Business) -> None:
    order_id = desk.place()
    with desk.world.database.writing() as session:
        georgi = session.scalars(select(Staff).join(User).filter_by(login="georgi")).one()
        cancels = "orders:order:cancel"
        session.add(StaffFunction(staff_id=georgi.id, function=cancels, on=True))
    for action in ("accept", "complete"):
        assert desk.refused(order_id, action, by="georgi") == {"function_not_held"}
    desk.move(order_id, "cancel", by="georgi")
    assert desk.status(order_id) == "cancelled"


def test_the_order_of_another_provider_or_client_does_not_exist(desk: Business) -> None:
    order_id = desk.place()
    for stranger in ("olga", "balkan.media"):
        assert desk.refused(order_id, "accept", by=stranger) == {"not_found"}
    assert desk.refused(10**9, "accept") == {"not_found"}


def test_a_client_does_only_what_is_the_clients(desk: Business) -> None:
    order_id = desk.place()
    for action in ("accept", "cancel", "complete"):
        assert desk.refused(order_id, action, by="buyer") == {"transition_refused", "not_for_you"}
    desk.move(order_id, "accept")
    for action in ("void", "complete", "refund", "payment_succeeded", "lines_delivered"):
        assert desk.refused(order_id, action, by="buyer") == {"transition_refused", "not_for_you"}


def test_nobody_speaks_for_the_system(desk: Business) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    for message in ("payment_succeeded", "lines_delivered"):
        assert desk.refused(order_id, message) == {"transition_refused", "not_for_you"}
    assert "not_from_here" in desk.refused(order_id, "deadline")


@pytest.mark.parametrize("action", ["", "dance", "set"])
def test_what_no_workflow_knows_is_refused_with_what_there_is(desk: Business, action: str) -> None:
    assert "transition_refused" in desk.refused(desk.place(), action)


def test_an_unknown_field_or_one_too_long_is_refused(desk: Business) -> None:
    order_id = desk.place()
    assert desk.refused(order_id, "accept", shoe_size="44") == {"invalid", "fields.shoe_size"}
    assert desk.refused(order_id, "accept", reason="x" * 501) == {"invalid", "fields.reason"}
    assert desk.refused(order_id, "accept", rating="5") == {"invalid", "fields.rating"}


def test_a_reason_may_stand_beside_any_step(desk: Business) -> None:
    order_id = desk.place()
    desk.move(order_id, "cancel", reason=" out of season ")
    (moved,) = desk.happened(order_id, "order.moved")
    assert moved["fields"] == {"reason": "out of season"}


def test_of_two_people_with_the_same_version_the_second_is_told_and_loses_nothing(
    desk: Business,
) -> None:
    order_id = desk.place()
    seen = desk.order(order_id).version
    desk.act(advance_order, AdvanceOrder(order_id, "accept", version=seen))
    second = AdvanceOrder(order_id, "cancel", version=seen)
    assert desk.refusal(lambda: desk.act(advance_order, second)) == {"stale_version"}


def test_of_two_people_at_the_same_moment_one_is_told(desk: Business) -> None:
    order_id = desk.place()
    seen = desk.order(order_id).version
    commands = [AdvanceOrder(order_id, action, version=seen) for action in ("accept", "cancel")]
    results = at_once([partial(desk.act, advance_order, command) for command in commands * 2])
    codes = sorted(getattr(result, "code", "moved") for result in results)
    assert codes == ["moved", "stale_version", "stale_version", "stale_version"]
    assert len(desk.path(order_id)) == 1


def test_many_paying_at_once_pay_once(desk: Business) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    at_once([lambda: desk.move(order_id, "pay", by="petar", payment_method="balance")] * 4)
    order = desk.order(order_id)
    assert (order.left, desk.stands().balance) == (0, 50_000 - order.total)


def test_two_orders_paid_at_once_from_a_balance_that_reaches_for_one(desk: Business) -> None:
    orders = [desk.place(*[ROUTER] * 5) for _ in range(2)]
    for order_id in orders:
        desk.move(order_id, "accept")
    pay = partial(desk.move, action="pay", by="petar", payment_method="balance")
    results = at_once([partial(pay, order_id) for order_id in orders])
    assert sorted(getattr(result, "code", "paid") for result in results) == [
        "insufficient_funds",
        "paid",
    ]
    assert desk.stands().balance == 20_000


def test_a_debt_that_was_lifted_can_be_opened_again(desk: Business) -> None:
    """A workflow of one's own may take an order up again."""
    with desk.world.database.writing() as session:
        version = latest_version(session, desk.provider_id)
        assert version is not None
        content = dict(version.content)
        content["transition"] = [
            *content["transition"],
            {"from": ["cancelled"], "to": "accepted", "action": ["accept"], "by": ["staff"]}
            | {"effects": ["issue_bill", "open_debt", "hold_stock"]},
        ]
        content["status"] = [
            {**status, "final": False} if status["key"] == "cancelled" else status
            for status in content["status"]
        ]
        version.content = content
    order_id = desk.place(ROUTER, HOSTING)
    total = desk.order(order_id).total
    desk.move(order_id, "accept")
    for _ in range(3):
        desk.move(order_id, "pay", payment_method="cash")
        desk.move(order_id, "void", by="boss")
        assert desk.stands().debt == 0
        desk.move(order_id, "accept")
        assert desk.stands().debt == total
        desk.move(order_id, "void", by="boss")
        assert desk.stands().debt == 0
        desk.move(order_id, "accept")
    desk.move(order_id, "pay", payment_method="cash")
    assert (desk.stands().debt, desk.order(order_id).left) == (0, 0)
    assert desk.stock() == STOCK - 1
    live = [d for d in desk.order(order_id).documents if not d.is_void]
    assert len(live) == 1


def test_stock_that_ran_out_refuses_the_whole_step(desk: Business) -> None:
    order_id = desk.place()
    desk.world.change(Order, {"id": order_id}, held={})
    desk.place(*[ROUTER] * (STOCK - 1))
    desk.move(order_id, "accept")
    assert desk.refused(order_id, "complete") == {"out_of_stock"}


def test_what_has_happened_is_written_down_though_the_next_step_is_refused(
    desk: Business,
) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    desk.deliver(order_id)
    held = desk.order(order_id).held
    desk.world.change(Order, {"id": order_id}, held={})
    desk.place(*[ROUTER] * (STOCK - 1))
    desk.move(order_id, "pay", payment_method="cash")
    order = desk.order(order_id)
    assert (order.status.key, order.left, desk.stands().debt) == ("accepted", 0, 0)
    assert desk.happened(order_id, "order.move_refused") == [
        {"action": "payment_succeeded", "reasons": ["out_of_stock"]}
    ]
    desk.world.change(Order, {"id": order_id}, held=held)
