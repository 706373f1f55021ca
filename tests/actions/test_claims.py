"""Who has an order in hand: the first who takes it, until they hand it over or let it go."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.kernel.language.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from billing_panel.kernel.tables.event_log import Event
from plugins.orders.claims.claim_order import MAX_NOTE, ClaimOrder, claim_order, release_order
from plugins.orders.claims.order_viewers import LASTS, forget_looks, look_at, look_away, looking
from plugins.orders.store.order_claim import OrderClaim, OrderLook
from tests.overtaking import overtaking
from tests.world import World, line


@pytest.fixture
def order_id(world: World) -> int:
    (order,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    return order.id


def claim(world: World, login: str, order_id: int, **more: Any) -> None:
    actor = world.actor(login)
    with world.database.writing() as session:
        claim_order(session, ClaimOrder(order_id, **more), actor=actor, clock=world.clock)


def release(world: World, login: str, order_id: int) -> None:
    actor = world.actor(login)
    with world.database.writing() as session:
        release_order(session, order_id, actor=actor, clock=world.clock)


def held(world: World, order_id: int) -> tuple[int | None, str] | None:
    with world.database.reading() as session:
        row = session.get(OrderClaim, order_id)
        return (row.user_id, row.note) if row else None


def kinds(world: World, order_id: int) -> list[str]:
    with world.database.reading() as session:
        of_order = select(Event.kind).filter_by(subject_kind="order", subject_id=order_id)
        found = session.scalars(of_order.order_by(Event.id))
        names = ("order.claimed", "order.handed_over", "order.released")
        return [kind for kind in found if kind in names]


def refused(world: World, act: Callable[[], None], kind: type[DomainError]) -> str:
    """The code of the refusal; nothing has changed."""
    before = world.everything()
    with pytest.raises(kind) as caught:
        act()
    assert world.everything() == before
    return caught.value.errors[0].code if caught.value.errors else caught.value.code


def test_the_first_has_it_and_the_second_is_told_who(world: World, order_id: int) -> None:
    maria, petar = world.actor("maria"), world.actor("petar")
    claim(world, "maria", order_id, note="Calls back at noon")
    assert held(world, order_id) == (maria.user_id, "Calls back at noon")
    with pytest.raises(Conflict) as told:
        claim(world, "petar", order_id)
    assert (told.value.code, "Maria Koleva" in str(told.value.message)) == ("order_claimed", True)
    claim(world, "petar", order_id, take_over=True)
    # what was left with it stays
    assert held(world, order_id) == (petar.user_id, "Calls back at noon")
    assert kinds(world, order_id) == ["order.claimed", "order.claimed"]


def test_of_two_at_once_one_has_it(world: World, order_id: int) -> None:
    maria, petar = world.actor("maria"), world.actor("petar")

    def act(actor: Any) -> Callable[[Any], object]:
        def run(database: Any) -> object:
            try:
                with database.writing() as session:
                    command = ClaimOrder(order_id)
                    claim_order(session, command, actor=actor, clock=world.clock)
            except Conflict as refusal:
                return refusal.code
            return "has it"

        return run

    results = overtaking(world.database, act(maria), act(petar))
    assert sorted(map(str, results)) == ["has it", "order_claimed"]


def test_it_is_handed_over_to_a_colleague_who_can_do_something_with_it(
    world: World, order_id: int
) -> None:
    claim(world, "maria", order_id)
    claim(world, "maria", order_id, to="petar", note="They pay in cash")
    assert held(world, order_id) == (world.actor("petar").user_id, "They pay in cash")
    assert kinds(world, order_id) == ["order.claimed", "order.handed_over"]
    # georgi may look only, olga works for another provider, stoyanova is a client
    for login in ("georgi", "olga", "stoyanova", "nobody"):
        by_petar = refused(world, partial(claim, world, "petar", order_id, to=login), Invalid)
        assert by_petar == "unknown_colleague", login


def test_only_whoever_has_it_lets_it_go(world: World, order_id: int) -> None:
    claim(world, "maria", order_id)
    code = refused(world, lambda: release(world, "petar", order_id), Conflict)
    assert code == "order_claimed"
    release(world, "maria", order_id)
    assert held(world, order_id) is None
    before = world.everything()
    release(world, "maria", order_id)
    assert world.everything() == before


def test_it_is_for_staff_who_may_do_something_there(world: World, order_id: int) -> None:
    refused(world, lambda: claim(world, "stoyanova", order_id), NotFound)
    code = refused(world, lambda: claim(world, "georgi", order_id), Forbidden)
    assert code == "function_not_held"
    refused(world, lambda: claim(world, "olga", order_id), NotFound)
    long = "x" * (MAX_NOTE + 1)
    assert refused(world, lambda: claim(world, "maria", order_id, note=long), Invalid) == "length"


def test_who_looks_is_forgotten_by_itself(world: World, order_id: int) -> None:
    maria, petar = world.actor("maria"), world.actor("petar")

    def seen_by(actor: Any) -> list[str]:
        with world.database.reading() as session:
            return [*looking(session, order_id, actor=actor, clock=world.clock)]

    with world.database.writing() as session:
        look_at(session, order_id, actor=maria, clock=world.clock)
        look_at(session, order_id, actor=maria, clock=world.clock)
    assert (seen_by(petar), seen_by(maria)) == (["Maria Koleva"], [])
    world.clock.at += LASTS
    assert seen_by(petar) == []
    with world.database.writing() as session:
        look_at(session, order_id, actor=petar, clock=world.clock)
        look_away(session, order_id, actor=petar)
    assert seen_by(maria) == []
    world.clock.at += LASTS
    world.clock.at += LASTS
    forget_looks(world.database, actor=maria, clock=world.clock)
    with world.database.reading() as session:
        assert session.scalars(select(OrderLook)).all() == []
