"""An order carries a version; whoever changes it says which one they saw."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import WEB_START, place, problem_of, wrong_fields
from tests.world import World

Api = Callable[[str], ApiClient]


@pytest.fixture
def order(world: World, api: Api) -> Any:
    """Of two lines, version 1."""
    placed = place(api("maria"), world.client_id("stoyanova"), WEB_START, {"tariff": "nas-storage"})
    assert placed["version"] == 1
    return placed


def deliver(order: Any, line: int) -> str:
    return f"/orders/{order['id']}/lines/{order['lines'][line]['id']}/deliver"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ({"version": 1}, {}),
        ({}, {"If_Match": '"1"'}),
        ({}, {"If_Match": 'W/"1"'}),
        ({}, {"If_Match": "1"}),
        ({}, {}),
    ],
)
@ON_SQLITE
def test_the_version_that_was_seen_lets_the_change_through(
    api: Api, order: Any, body: dict[str, int], headers: dict[str, str]
) -> None:
    assert json_of(api("maria").post(deliver(order, 0), body, **headers))["version"] == 2


STALE: tuple[tuple[dict[str, int], dict[str, str]], ...] = (
    ({"version": 1}, {}),
    ({}, {"If_Match": '"1"'}),
    ({"version": 3}, {}),
    ({"version": 0}, {}),
    ({"version": -1}, {}),
    ({"version": 10**15}, {}),
    ({}, {"If_Match": '"999999999999999999"'}),
)


def test_a_stale_version_is_answered_with_the_order_as_it_is(
    world: World, api: Api, order: Any
) -> None:
    maria = api("maria")
    now = json_of(maria.post(deliver(order, 0), {"version": 1}))
    before = world.everything()
    for body, headers in STALE:
        refusal = problem_of(maria.post(deliver(order, 1), body, **headers), 409, "stale_version")
        assert refusal["current"] == now
        assert refusal["current"]["version"] == 2
    assert world.everything() == before


@ON_SQLITE
def test_the_header_counts_where_both_are_sent(world: World, api: Api, order: Any) -> None:
    maria = api("maria")
    before = world.everything()
    answer = maria.post(deliver(order, 0), {"version": 1}, If_Match='"2"')
    problem_of(answer, 409, "stale_version")
    assert world.everything() == before


@ON_SQLITE
def test_a_header_that_holds_no_version_is_refused(world: World, api: Api, order: Any) -> None:
    maria = api("maria")
    before = world.everything()
    for written in ("", "*", '""', '"one"', '"1", "2"', "-1", "１", "9" * 19):
        header = written.encode().decode("latin-1")
        answer = maria.post(deliver(order, 0), {}, If_Match=header)
        assert wrong_fields(answer) == [("If-Match", "version")], written
    assert world.everything() == before


@ON_SQLITE
def test_a_version_in_the_body_is_a_whole_number(world: World, api: Api, order: Any) -> None:
    maria = api("maria")
    before = world.everything()
    for version in (True, 1.0, "1", [1]):
        answer = maria.post(deliver(order, 0), {"version": version})
        assert [field for field, _ in wrong_fields(answer)] == ["version"], version
    assert world.everything() == before


def test_a_stale_version_is_remembered_with_its_key(api: Api, order: Any) -> None:
    maria = api("maria")
    first = maria.post(deliver(order, 0), {"version": 9}, Idempotency_Key="k")
    refusal = problem_of(first, 409, "stale_version")
    again = maria.post(deliver(order, 0), {"version": 9}, Idempotency_Key="k")
    assert problem_of(again, 409, "stale_version") == refusal
    assert again.headers["Idempotency-Replayed"] == "true"
