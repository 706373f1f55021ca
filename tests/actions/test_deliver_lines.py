"""Delivering lines: a delivered service is one the client holds."""

import pytest
from sqlalchemy import select

from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.service_models import Service
from billing_panel.kernel.language.errors import Conflict, FunctionNotHeld, NotFound, Refused
from billing_panel.ledger.client_standing import standing
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.store.models import Order
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Stage
from tests.world import World, codes, line


def deliver(world: World, login: str, command: DeliverLines) -> Order:
    actor = world.actor(login)
    with world.database.writing() as session:
        return deliver_lines(session, command, actor=actor, clock=world.clock)


def services(world: World, client: str) -> list[str]:
    held = (
        select(Tariff.key)
        .join(Service, Service.tariff_id == Tariff.id)
        .where(Service.client_id == world.client_id(client))
        .order_by(Service.id)
    )
    with world.database.reading() as session:
        return list(session.scalars(held))


def test_each_of_a_quantity_opens_a_service(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    delivered = deliver(world, "maria", DeliverLines(order.id))
    assert all(row.delivered_at == world.clock.now() for row in delivered.lines)
    assert delivered.version > order.version
    assert services(world, "balkan.media") == ["vps-pro-4", "vps-pro-4", "panel-license"]


def test_goods_are_delivered_without_a_service(world: World) -> None:
    (order,) = world.place("maria", world.order("stoyanova", line("sfp-10g", "once")))
    deliver(world, "maria", DeliverLines(order.id))
    assert services(world, "stoyanova") == []


def test_a_bundle_opens_the_services_inside_it(world: World) -> None:
    """Hours are held too (D4)."""
    (order,) = world.place("maria", world.order("stoyanova", line("shop-in-a-day", "12 months")))
    deliver(world, "maria", DeliverLines(order.id))
    assert services(world, "stoyanova") == ["web-business", "admin-hours-10"]


def test_a_service_held_meets_a_prerequisite_and_counts_for_the_limit(world: World) -> None:
    world.change(Membership, {"client_id": world.client_id("stoyanova")}, credit_limit=100_000)
    command = world.order("stoyanova", line("dedicated-ex64", "1 month", 2))
    (order,) = world.place("maria", command)
    deliver(world, "maria", DeliverLines(order.id))
    world.place("maria", world.order("stoyanova", line("panel-license", "1 month")))
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", line("dedicated-ex64", "1 month")))
    assert codes(refusal.value.reasons) == {"limit_reached"}


def test_a_line_is_delivered_once(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    first = order.lines[0].id
    deliver(world, "maria", DeliverLines(order.id, (first,)))
    before = world.everything()
    with pytest.raises(Conflict, match="already delivered"):
        deliver(world, "maria", DeliverLines(order.id, (first,)))
    assert world.everything() == before


def test_a_stale_version_is_refused(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    deliver(world, "maria", DeliverLines(order.id, (order.lines[0].id,), version=1))
    before = world.everything()
    with pytest.raises(Conflict) as refusal:
        deliver(world, "maria", DeliverLines(order.id, (order.lines[1].id,), version=1))
    assert refusal.value.code == "stale_version"
    assert world.everything() == before


def test_a_lost_order_delivers_nothing(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    with world.database.reading() as session:
        lost = select(OrderStatus.id).filter_by(provider_id=order.provider_id, stage=Stage.LOST)
        status_id = session.scalars(lost).first()
    world.change(Order, {"id": order.id}, status_id=status_id, stage=Stage.LOST)
    before = world.everything()
    with pytest.raises(Conflict) as refusal:
        deliver(world, "maria", DeliverLines(order.id))
    assert refusal.value.code == "delivery_refused"
    assert world.everything() == before


def test_only_who_may_deliver_delivers(world: World) -> None:
    (order,) = world.place("maria", world.order("balkan.media"))
    before = world.everything()
    with pytest.raises(FunctionNotHeld):
        deliver(world, "georgi", DeliverLines(order.id))
    with pytest.raises(NotFound):
        deliver(world, "olga", DeliverLines(order.id))
    assert world.everything() == before


def test_what_is_delivered_unpaid_is_a_debt_and_stops_the_next_order(world: World) -> None:
    command = world.order("stoyanova", line("web-start", "1 month"), line("sfp-10g", "once"))
    (order,) = world.place("maria", command)
    for row in order.lines:
        deliver(world, "maria", DeliverLines(order.id, (row.id,)))
    with world.database.reading() as session:
        assert standing(session, order.client_id, order.provider_id).debt == order.total
    with pytest.raises(Refused) as refusal:
        world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert codes(refusal.value.reasons) == {"debt_over_limit"}
