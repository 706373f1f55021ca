"""A client's order history: found by what was ordered, counted by how far it is (H6)."""

import pytest

from billing_panel.accounts.access.scope import find_client
from billing_panel.kernel.language.errors import FunctionNotHeld
from plugins.orders.listing.around_list import around_history
from plugins.orders.listing.listed_orders import history, meant_providers
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.store.find_orders import MAX_COUNT
from plugins.orders.store.models import Order
from plugins.orders.workflow.statuses.stage import Stage
from tests.world import World, line


def found(world: World, login: str, client: str, query: str) -> list[int]:
    actor = world.actor(login)
    with world.database.reading() as session:
        row = find_client(session, actor, login=client)
        return [order.id for order in history(session, actor, row, OrderFilter(query=query))]


def counted(world: World, login: str, client: str, provider: str | None = None) -> dict[Stage, int]:
    actor = world.actor(login)
    with world.database.reading() as session:
        row = find_client(session, actor, login=client)
        ids = meant_providers(session, actor, OrderFilter(provider=provider))
        return dict(around_history(session, actor, row.id, ids, ids).stages)


@pytest.fixture
def placed(world: World) -> dict[str, int]:
    web = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]
    vps = world.place("maria", world.order("stoyanova", line("vps-pro-4", "1 month")))[0]
    cloud = world.place(
        "maria", world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    )[0]
    return {"web": web.id, "vps": vps.id, "cloud": cloud.id}


def test_an_order_is_found_by_its_number_or_by_what_was_ordered(
    world: World, placed: dict[str, int]
) -> None:
    number = str(10_000 + placed["web"])
    assert found(world, "maria", "stoyanova", number) == [placed["web"]]
    assert found(world, "maria", "stoyanova", "vps pro") == [placed["vps"]]
    assert found(world, "maria", "stoyanova", "WEB-START") == [placed["web"]]
    assert found(world, "maria", "stoyanova", "oblako") == []
    assert found(world, "maria", "romashka", "ОБЛАКО") == [placed["cloud"]]


def test_wildcards_mean_themselves(world: World, placed: dict[str, int]) -> None:
    assert placed
    assert found(world, "maria", "stoyanova", "%") == []


def test_a_tab_tells_how_many_orders_are_behind_it(world: World, placed: dict[str, int]) -> None:
    world.change(Order, {"id": placed["vps"]}, stage=Stage.DONE)
    assert counted(world, "maria", "stoyanova") == {
        Stage.NEW: 1,
        Stage.OPEN: 0,
        Stage.DONE: 1,
        Stage.LOST: 0,
    }


def test_counts_keep_to_the_providers_of_whoever_asks(world: World, placed: dict[str, int]) -> None:
    assert placed
    assert counted(world, "maria", "romashka")[Stage.NEW] == 1
    assert counted(world, "georgi", "romashka")[Stage.NEW] == 0
    assert counted(world, "maria", "romashka", "nordvik")[Stage.NEW] == 0


def test_a_long_history_is_not_counted_to_its_end(world: World) -> None:
    for _ in range(MAX_COUNT + 3):
        world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    assert counted(world, "maria", "stoyanova")[Stage.NEW] == MAX_COUNT


def test_who_may_not_see_histories_is_told_no_counts(world: World) -> None:
    actor = world.actor("maria").narrowed_to([])
    with world.database.reading() as session:
        row = find_client(session, actor, login="stoyanova")
        with pytest.raises(FunctionNotHeld):
            around_history(session, actor, row.id, [1], [1])
