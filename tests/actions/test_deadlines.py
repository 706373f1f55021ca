"""What is due happens, each deadline once and in order, on both databases (M6, M11)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from billing_panel.kernel.tables.event_log import Event
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.deadlines.fire_deadlines import Fired
from plugins.orders.store.models import Order, OrderDeadline
from plugins.orders.store.workflow_models import WorkflowVersion
from tests.actions.conftest import Opening
from tests.actions.test_races import at_once, count
from tests.businesses import ROUTER, SERVER, STOCK, Business
from tests.world import line


@pytest.fixture
def market(business: Opening) -> Business:
    return business("marketplace")


def agreed(market: Business, number: int = 1) -> list[int]:
    """Orders that await payment for three days, each begun an hour after the other."""
    orders = []
    for _ in range(number):
        orders.append(market.place())
        market.move(orders[-1], "accept")
        market.wait(hours=1)
    return orders


def change(market: Business, order_id: int, days: float | None, **more: object) -> None:
    now = market.world.clock.now()
    due = None if days is None else now + timedelta(days=days)
    command = ChangeDeadline(order_id, due, **{"reason": "as agreed", **more})  # type: ignore[arg-type]
    market.act(change_deadline, command, "boss")


def moved_in_order(market: Business) -> list[int]:
    with market.world.database.reading() as session:
        moved = select(Event.subject_id).filter_by(kind="order.moved").order_by(Event.id)
        return [*session.scalars(moved.where(Event.facts["action"].as_string() == "deadline"))]


def test_after_a_week_of_standstill_each_happens_once_the_oldest_first(market: Business) -> None:
    orders = agreed(market, 5)
    # what waits longest is not what was placed first
    change(market, orders[0], days=4)
    market.wait(days=10)
    assert market.fire() == Fired(moved=5)
    assert moved_in_order(market) == [*orders[1:], orders[0]]
    assert {market.status(order_id) for order_id in orders} == {"unpaid"}
    assert count(market.world, OrderDeadline) == 0
    before = market.world.everything()
    assert market.fire() == Fired()
    assert market.world.everything() == before


def test_two_workers_at_once_fire_each_once(market: Business) -> None:
    orders = agreed(market, 6)
    market.wait(days=4)
    fired = at_once([market.fire] * 3)
    assert sum(one.moved for one in fired if isinstance(one, Fired)) == len(orders)
    assert sorted(moved_in_order(market)) == orders
    assert (market.stock(), count(market.world, OrderDeadline)) == (STOCK, 0)


def test_a_worker_and_a_person_at_once_one_of_them_moves_it(market: Business) -> None:
    (order_id,) = agreed(market)
    market.wait(days=4)
    acts: list[Callable[[], object]] = [market.fire, partial(market.move, order_id, "pay")]
    at_once(acts)
    (last,) = (
        step for step in market.path(order_id) if step[0] in {"payment_succeeded", "deadline"}
    )
    assert last in {("payment_succeeded", "preparing_for_dispatch"), ("deadline", "unpaid")}
    held = STOCK - 1 if last[0] == "payment_succeeded" else STOCK
    assert (market.status(order_id), market.stock()) == (last[1], held)


def test_an_order_that_was_moved_meanwhile_is_left_alone(market: Business) -> None:
    (order_id,) = agreed(market)
    market.move(order_id, "pay")
    market.wait(days=30)
    before = market.world.everything()
    assert market.fire() == Fired()
    assert market.world.everything() == before


def test_leaving_and_coming_into_a_status_begins_its_time_anew(business: Opening) -> None:
    hosting = business("hosting")
    order_id = hosting.place(SERVER)
    hosting.deliver(order_id)
    hosting.move(order_id, "suspend", reason="not paid")
    hosting.wait(days=20)
    hosting.move(order_id, "resume", reason="promised")
    hosting.move(order_id, "suspend", reason="not paid again")
    assert hosting.due(order_id) == hosting.world.clock.now() + timedelta(days=30)
    hosting.wait(days=29)
    assert hosting.fire() == Fired()


def test_an_extended_one_waits_and_a_cancelled_one_never_comes(market: Business) -> None:
    extended, cancelled = agreed(market, 2)
    change(market, extended, days=10)
    change(market, cancelled, days=None)
    assert market.due(cancelled) is None
    market.wait(days=9)
    assert market.fire() == Fired()
    market.wait(days=2)
    assert market.fire() == Fired(moved=1)
    assert (market.status(extended), market.status(cancelled)) == ("unpaid", "awaiting_payment")
    (told,) = market.happened(cancelled, "order.deadline_changed")
    assert (told["to"], told["reason"]) == (None, "as agreed")


def test_only_who_may_changes_a_deadline_with_a_reason_and_ahead(market: Business) -> None:
    (order_id,) = agreed(market)
    later = market.world.clock.now() + timedelta(days=9)

    def refused(by: str, **more: object) -> set[str]:
        values = {"due_at": later, "reason": "as agreed", **more}
        command = ChangeDeadline(order_id, **values)  # type: ignore[arg-type]
        return market.refusal(lambda: market.act(change_deadline, command, by))

    assert refused("maria") == refused("buyer") == {"function_not_held"}
    assert refused("boss", reason="  ", due_at=market.world.clock.now()) == {
        "invalid",
        "reason",
        "due_at",
    }
    # time is not made to run out sooner, to do what is the client's to do (M8)
    assert refused("boss", due_at=market.due(order_id)) == {"invalid", "due_at"}
    assert refused("boss", version=1) == {"stale_version"}
    market.move(order_id, "pay")
    assert refused("boss") == {"no_deadline"}


def test_one_whose_step_is_refused_is_over_and_the_history_says_why(market: Business) -> None:
    order_id = market.place()
    for action, fields in (
        ("accept", {}),
        ("pay", {}),
        ("send", {"delivery_service": "Speedy", "tracking_code": "BG1"}),
    ):
        market.move(order_id, action, **fields)
    # nothing is held any more, and there is nothing to take on entering "received"
    market.world.change(Order, {"id": order_id}, held={})
    market.place(line("router", "once", STOCK - 1))
    assert market.stock() == 0
    market.wait(days=35)
    assert market.fire() == Fired(refused=1)
    order = market.order(order_id)
    assert (order.status.key, order.deadline) == ("sent", None)
    # nothing of the step is left behind
    assert [row.delivered_at for row in order.lines] == [None]
    assert market.happened(order_id, "order.deadline_refused") == [{"reasons": ["out_of_stock"]}]
    assert [to for _action, to in market.path(order_id)][-1] == "sent"
    assert market.stands().debt == 0
    assert market.fire() == Fired()


def test_one_that_breaks_off_stays_due_and_the_others_happen(market: Business) -> None:
    broken, sound = agreed(market, 2)
    market.wait(days=4)
    with market.world.database.writing() as session:
        running = session.get_one(Order, broken).workflow
        session.get_one(Order, broken).workflow = WorkflowVersion(
            provider_id=running.provider_id,
            number=99,
            key="spoiled",
            content={**running.content, "key": "Not a key"},
            made_at=running.made_at,
        )
    due = market.due(broken)
    assert market.fire() == Fired(moved=1, broke_off=1)
    assert (market.status(broken), market.due(broken)) == ("awaiting_payment", due)
    assert market.status(sound) == "unpaid"
    with market.world.database.writing() as session:
        session.get_one(Order, broken).workflow_id = running.id


def test_no_deadline_outlives_its_order(market: Business) -> None:
    orders = [market.place(ROUTER) for _ in range(3)]
    for order_id in orders:
        market.move(order_id, "accept")
    market.move(orders[0], "cancel")
    market.move(orders[1], "pay")
    assert [market.due(order_id) is None for order_id in orders] == [True, True, False]
