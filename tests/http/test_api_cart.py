"""GET /clients/{id}/cart, POST …/cart/lines, PATCH and DELETE …/cart/lines/{line_id}."""

from collections.abc import Callable
from typing import Any

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import HUGE, MISSING, WEB_START, problem_of, send, wrong_fields
from tests.world import World

Api = Callable[[str], ApiClient]


def cart(caller: ApiClient, client_id: int, **query: str) -> list[Any]:
    answer = json_of(caller.get(f"/clients/{client_id}/cart", **query))
    assert answer["next_cursor"] is None
    return list(answer["items"])


def keys(lines: list[Any]) -> list[str]:
    return [line["tariff"] for line in lines]


def test_a_cart_is_the_clients_own_oldest_first(world: World, api: Api) -> None:
    lines = cart(api("maria"), world.client_id("stoyanova"))
    assert keys(lines) == ["sfp-10g", "dedicated-ex64", "gpu-a16"]
    assert isinstance(lines[0].pop("id"), int)
    assert lines[0] == {
        "provider": "nordvik",
        "tariff": "sfp-10g",
        "title": "SFP+ 10G module",
        "period": "once",
        "quantity": 1,
        "options": {},
        "pay_with": "points",
        "note": "",
        "added_at": "2026-11-22T10:00:00+00:00",
        "added_by": "client",
    }


def test_a_cart_with_several_providers_shows_those_in_scope(world: World, api: Api) -> None:
    romashka = world.client_id("romashka")
    assert keys(cart(api("maria"), romashka)) == ["router-ax", "server-pod-zakaz", "web-business"]
    assert keys(cart(api("maria"), romashka, provider="nordvik")) == ["web-business"]
    assert keys(cart(api("olga"), romashka)) == ["router-ax", "server-pod-zakaz"]
    foreign = api("olga").get(f"/clients/{romashka}/cart", provider="nordvik")
    assert wrong_fields(foreign) == [("provider", "unknown_provider")]


def test_a_client_fills_changes_and_empties_their_cart(world: World, api: Api) -> None:
    client_id = world.client_id("texas-pixels")
    texas, path = api("texas-pixels"), f"/clients/{client_id}/cart/lines"
    line = {"tariff": "vps-pro-4", "period": "1 month", "quantity": 2, "options": {"ram": 12}}
    added = json_of(texas.post(path, line), 201)
    assert (added["tariff"], added["quantity"]) == ("vps-pro-4", 2)
    assert added["options"] == {"ram": 12, "ipv4": 1, "os": "Debian 13"}
    assert cart(texas, client_id)[-1] == added
    changed = json_of(texas.patch(f"{path}/{added['id']}", {"quantity": 3}))
    assert changed == {**added, "quantity": 3}
    assert json_of(texas.delete(f"{path}/{added['id']}")) == {"deleted": added["id"]}
    assert keys(cart(texas, client_id)) == ["web-start"]


@ON_SQLITE
def test_what_the_client_may_not_order_may_still_lie_in_their_cart(world: World, api: Api) -> None:
    texas, path = api("texas-pixels"), f"/clients/{world.client_id('texas-pixels')}/cart/lines"
    json_of(texas.post(path, {"tariff": "gpu-a16"}), 201)


@ON_SQLITE
def test_staff_change_no_cart_without_the_function(world: World, api: Api) -> None:
    callers = [api(login) for login in ("maria", "georgi", "petar", "olga")]
    path = f"/clients/{world.client_id('romashka')}/cart/lines"
    line_id = cart(api("owner"), world.client_id("romashka"))[0]["id"]
    before = world.everything()
    for caller in callers:
        for answer in (
            caller.post(path, WEB_START),
            caller.patch(f"{path}/{line_id}", {"quantity": 2}),
            caller.delete(f"{path}/{line_id}"),
        ):
            problem_of(answer, 403, "function_not_held")
    assert world.everything() == before


def test_a_position_of_somebody_elses_cart_and_a_missing_one_answer_alike(
    world: World, api: Api
) -> None:
    stoyanova, client_id = api("stoyanova"), world.client_id("stoyanova")
    balkan = world.client_id("balkan.media")
    foreign = cart(api("maria"), balkan)[0]["id"]
    before = world.everything()

    def refusals(path: str) -> list[Any]:
        return [
            problem_of(stoyanova.patch(path, {"quantity": 2}), 404, "not_found"),
            problem_of(stoyanova.delete(path), 404, "not_found"),
        ]

    # under their own address, and under its owner's
    own = f"/clients/{client_id}/cart/lines"
    assert refusals(f"{own}/{foreign}") == refusals(f"{own}/{MISSING}")
    theirs = f"/clients/{balkan}/cart/lines"
    assert refusals(f"{theirs}/{foreign}") == refusals(f"/clients/{MISSING}/cart/lines/{foreign}")
    seen = problem_of(stoyanova.post(theirs, WEB_START), 404, "not_found")
    missing = stoyanova.post(f"/clients/{MISSING}/cart/lines", WEB_START)
    assert seen == problem_of(missing, 404, "not_found")
    assert world.everything() == before


@ON_SQLITE
def test_an_id_that_no_position_can_have_is_not_found(world: World, api: Api) -> None:
    stoyanova, path = api("stoyanova"), f"/clients/{world.client_id('stoyanova')}/cart/lines"
    for number in ("0", HUGE, 10**30):
        problem_of(stoyanova.delete(f"{path}/{number}"), 404, "not_found")
        problem_of(stoyanova.patch(f"{path}/{number}", {"quantity": 1}), 404, "not_found")


@ON_SQLITE
def test_a_wrong_quantity_changes_nothing(world: World, api: Api) -> None:
    stoyanova, client_id = api("stoyanova"), world.client_id("stoyanova")
    path = f"/clients/{client_id}/cart/lines/{cart(stoyanova, client_id)[0]['id']}"
    before = world.everything()
    for quantity in ("0", "-1", "100001", "null", "true", "1.5", '"1"', "1e400", "NaN"):
        answer = send(stoyanova, "PATCH", path, f'{{"quantity": {quantity}}}')
        assert [field for field, _ in wrong_fields(answer)] == ["quantity"], quantity
    assert world.everything() == before


@ON_SQLITE
def test_more_than_a_quantity_cannot_be_changed(world: World, api: Api) -> None:
    stoyanova, client_id = api("stoyanova"), world.client_id("stoyanova")
    line_id = cart(stoyanova, client_id)[0]["id"]
    before = world.everything()
    path = f"/clients/{client_id}/cart/lines/{line_id}"
    answer = stoyanova.patch(path, {"quantity": 2, "client_id": 1, "tariff": "gpu-a16"})
    assert wrong_fields(answer) == [("client_id", "unknown_field"), ("tariff", "unknown_field")]
    assert world.everything() == before


@ON_SQLITE
def test_a_line_that_makes_no_sense_is_not_added(world: World, api: Api) -> None:
    stoyanova, path = api("stoyanova"), f"/clients/{world.client_id('stoyanova')}/cart/lines"
    before = world.everything()
    for line, code in (
        ({"tariff": "no-such"}, "unknown_tariff"),
        ({"tariff": "oblako-2"}, "unknown_tariff"),
        ({"tariff": "web-start", "period": "2 months"}, "period_not_offered"),
        ({"tariff": "gpu-a16", "pay_with": "points"}, "no_points_price"),
    ):
        ((_, found),) = wrong_fields(stoyanova.post(path, line))
        assert found == code
    assert world.everything() == before


@ON_SQLITE
def test_a_mistake_is_named_by_the_field_that_was_sent(world: World, api: Api) -> None:
    stoyanova, path = api("stoyanova"), f"/clients/{world.client_id('stoyanova')}/cart/lines"
    assert wrong_fields(stoyanova.post(path, {"tariff": "no"})) == [("tariff", "unknown_tariff")]


def test_with_several_providers_a_new_position_needs_one_named(world: World, api: Api) -> None:
    romashka, path = api("romashka"), f"/clients/{world.client_id('romashka')}/cart/lines"
    before = world.everything()
    problem_of(romashka.post(path, {"tariff": "router-ax"}), 422, "provider_needed")
    assert world.everything() == before
    added = json_of(romashka.post(path, {"tariff": "router-ax", "provider": "sever"}), 201)
    assert added["provider"] == "sever"


@ON_SQLITE
def test_a_full_cart_takes_no_more(world: World, api: Api) -> None:
    texas, path = api("texas-pixels"), f"/clients/{world.client_id('texas-pixels')}/cart/lines"
    for _ in range(99):
        assert texas.post(path, WEB_START).status_code == 201
    before = world.everything()
    problem_of(texas.post(path, WEB_START), 422, "cart_full")
    assert world.everything() == before
