"""Whole subjects of events, and what ``billing-panel check`` says of deliveries."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from billing_panel.core.panel_checks import look_up
from billing_panel.kernel.tables.event_log import Event
from plugins.webhooks.delivering.webhook_checks import WEBHOOK_CHECKS
from plugins.webhooks.endpoints.change_endpoint import change_endpoint, endpoint_details
from plugins.webhooks.endpoints.event_kinds import kinds_known
from plugins.webhooks.endpoints.event_subjects import OTHER, by_subject, without_repeats
from plugins.webhooks.store.models import Delivery, DeliveryState
from tests.webhook_receiver import Hooks, Receiver, receiving
from tests.world import World, hold_only, line


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def hooks(world: World) -> Hooks:
    return Hooks(world)


def place(world: World) -> int:
    (order,) = world.place("owner", world.order("stoyanova", line("web-start", "1 month")))
    return order.id


def wrong(world: World) -> list[str]:
    """The names of the checks that found something."""
    with world.database.reading() as session:
        return [one.check for one in look_up(session, WEBHOOK_CHECKS)]


def test_every_kind_of_event_has_a_subject(world: World) -> None:
    with world.database.reading() as session:
        subjects = by_subject(kinds_known(session))
    assert OTHER not in subjects
    assert len(subjects) == 10


def test_a_kind_is_not_kept_beside_the_whole_of_its_subject() -> None:
    chosen = ["order.placed", "orders.*", "payment.received"]
    assert without_repeats(chosen) == ["orders.*", "payment.received"]


def test_a_whole_subject_is_told_and_nothing_of_another(hooks: Hooks, receiver: Receiver) -> None:
    made = hooks.add(receiver.url(), "orders.*", "order.placed")
    assert hooks.endpoint(made.endpoint_id).kinds == ["orders.*"]
    place(hooks.world)
    hooks.follow()
    assert {one.kind for one in hooks.deliveries()} == {"order.placed"}


def test_what_is_delivered_or_waits_for_its_next_try_is_right(
    hooks: Hooks, receiver: Receiver
) -> None:
    hooks.add(receiver.url(), "orders.*")
    place(hooks.world)
    hooks.follow()
    receiver.next_answers(500)
    place(hooks.world)
    hooks.follow()
    assert {one.state for one in hooks.deliveries()} == {
        DeliveryState.DELIVERED,
        DeliveryState.WAITING,
    }
    assert wrong(hooks.world) == []


def test_an_event_without_its_delivery_is_found(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url())
    place(hooks.world)
    hooks.follow()
    place(hooks.world)
    hooks.queue()
    with hooks.world.database.writing() as session:
        session.execute(delete(Delivery).where(Delivery.id == hooks.deliveries()[-1].id))
    assert wrong(hooks.world) == ["webhooks.queued"]


def test_a_delivery_that_never_becomes_due_is_found(hooks: Hooks, receiver: Receiver) -> None:
    hooks.add(receiver.url())
    receiver.next_answers(500)
    place(hooks.world)
    hooks.follow()
    later = hooks.world.clock.now() + timedelta(days=2)
    with hooks.world.database.writing() as session:
        session.execute(update(Delivery).values(due_at=later))
    assert wrong(hooks.world) == ["webhooks.due"]
    with hooks.world.database.writing() as session:
        session.execute(update(Delivery).values(due_at=hooks.world.clock.now(), ended_at=later))
    assert wrong(hooks.world) == ["webhooks.due"]


def test_who_takes_a_webhook_over_by_saving_it_as_it_is_stands_in_the_log(hooks: Hooks) -> None:
    world = hooks.world
    made = hooks.add("https://crm.example.com/hooks", by="owner")
    details = endpoint_details(hooks.endpoint(made.endpoint_id))
    hold_only(world, "maria", "webhooks:endpoint:change")
    for _ in range(2):
        with world.database.writing() as session:
            change_endpoint(
                session,
                made.endpoint_id,
                details,
                settings=hooks.settings,
                actor=world.actor("maria"),
                clock=world.clock,
            )
    with world.database.reading() as session:
        logged = session.scalars(select(Event).filter_by(kind="webhook.changed")).all()
    assert len(logged) == 1
