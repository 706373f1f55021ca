"""POST /clients/{id}/cart/checkout: positions of the client's own cart become an order."""

from collections.abc import Callable
from typing import Any

from billing_panel.catalog.models import Tariff
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, WEB_START, eur, place, points, problem_of, wrong_fields
from tests.world import World

Api = Callable[[str], ApiClient]


def cart(caller: ApiClient, client_id: int) -> dict[str, int]:
    """Tariff key → id of the position."""
    rows = json_of(caller.get(f"/clients/{client_id}/cart"))["items"]
    return {row["tariff"]: row["id"] for row in rows}


def terms(*line_ids: int, **more: Any) -> dict[str, Any]:
    return {"line_ids": list(line_ids), "payment_method": "bank_transfer", **more}


def test_the_cart_becomes_an_order_at_the_clients_prices(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("balkan.media")
    path = f"/clients/{client_id}/cart/checkout"
    body = terms(*cart(maria, client_id).values(), expected_total=eur("477.79"), note="от щанда")
    (order,) = json_of(maria.post(path, body), 201)["orders"]
    assert [(line["tariff"], line["quantity"]) for line in order["lines"]] == [
        ("vps-pro-4", 2),
        ("panel-license", 1),
    ]
    assert (order["total"], order["note"]) == (eur("477.79"), "от щанда")
    assert [invoice["number"] for invoice in order["invoices"]] == ["NH-2026-000001"]
    assert cart(maria, client_id) == {}


def test_what_is_chosen_leaves_the_cart_and_the_rest_stays(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    lines = cart(maria, client_id)
    body = terms(lines["sfp-10g"], lines["dedicated-ex64"])
    (order,) = json_of(maria.post(f"/clients/{client_id}/cart/checkout", body), 201)["orders"]
    assert (order["total"], order["total_points"]) == (eur("173.76"), points(3800))
    assert cart(maria, client_id) == {"gpu-a16": lines["gpu-a16"]}


def test_one_line_they_may_not_have_refuses_the_whole(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    body = terms(*cart(maria, client_id).values())
    before = world.everything()
    answer = maria.post(f"/clients/{client_id}/cart/checkout", body)
    (reason,) = problem_of(answer, 422, "not_orderable")["reasons"]
    assert (reason["line"], reason["code"]) == ("lines.2", "group_not_allowed")
    assert world.everything() == before


def test_a_position_named_twice_is_ordered_once(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("texas-pixels")
    (line_id,) = cart(maria, client_id).values()
    body = terms(line_id, line_id)
    (order,) = json_of(maria.post(f"/clients/{client_id}/cart/checkout", body), 201)["orders"]
    assert [line["quantity"] for line in order["lines"]] == [1]


def test_the_same_position_cannot_be_ordered_again(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("texas-pixels")
    body = terms(*cart(maria, client_id).values())
    path = f"/clients/{client_id}/cart/checkout"
    json_of(maria.post(path, body), 201)
    before = world.everything()
    assert wrong_fields(maria.post(path, body)) == [("line_ids", "unknown_cart_line")]
    assert world.everything() == before


def test_a_position_of_another_cart_is_refused(world: World, api: Api) -> None:
    maria, olga = api("maria"), api("olga")
    stoyanova, romashka = world.client_id("stoyanova"), world.client_id("romashka")
    of_balkan = cart(maria, world.client_id("balkan.media"))["vps-pro-4"]
    of_nordvik = cart(maria, romashka)["web-business"]
    before = world.everything()

    def refused(
        caller: ApiClient,
        client_id: int,
        *line_ids: int,
        code: str = "unknown_cart_line",
        **more: Any,
    ) -> Any:
        answer = caller.post(f"/clients/{client_id}/cart/checkout", terms(*line_ids, **more))
        assert wrong_fields(answer) == [("line_ids", code)]
        return answer.get_json()["errors"][0]["message"].replace(str(line_ids[-1]), "…")

    for foreign in (of_balkan, MISSING, 0, -1):
        refused(maria, stoyanova, foreign)
    for huge in (2**63, 10**30):
        refused(maria, stoyanova, huge, code="too_large")
    # what lies in the same client's cart with a provider that is not hers, olga cannot tell
    assert refused(olga, romashka, of_nordvik) == refused(olga, romashka, MISSING)
    refused(maria, romashka, of_nordvik, provider="sever")
    assert world.everything() == before


def test_a_cart_with_two_providers_is_two_carts(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("romashka")
    lines, path = cart(maria, client_id), f"/clients/{client_id}/cart/checkout"
    problem_of(maria.post(path, terms(lines["router-ax"])), 422, "provider_needed")
    body = terms(lines["router-ax"], lines["server-pod-zakaz"], provider="sever")
    first, second = json_of(maria.post(path, body), 201)["orders"]
    assert first["group"] == second["group"] == [first["id"], second["id"]]
    assert cart(maria, client_id) == {"web-business": lines["web-business"]}


def test_a_price_that_changed_since_it_was_shown_asks_again(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("texas-pixels")
    body = terms(*cart(maria, client_id).values(), expected_total=eur("4.80"))
    before = world.everything()
    answer = maria.post(f"/clients/{client_id}/cart/checkout", body)
    refusal = problem_of(answer, 409, "price_changed")
    assert (refusal["old"], refusal["new"]) == (eur("4.80"), eur("4.90"))
    assert world.everything() == before


def test_what_became_forbidden_in_the_cart_is_refused(world: World, api: Api) -> None:
    world.change(Tariff, {"key": "web-start"}, archived=True)
    maria, client_id = api("maria"), world.client_id("texas-pixels")
    body = terms(*cart(maria, client_id).values())
    before = world.everything()
    answer = maria.post(f"/clients/{client_id}/cart/checkout", body)
    (reason,) = problem_of(answer, 422, "not_orderable")["reasons"]
    assert reason["code"] == "archived"
    assert world.everything() == before


def test_a_client_checks_out_their_own_cart(world: World, api: Api) -> None:
    texas, client_id = api("texas-pixels"), world.client_id("texas-pixels")
    body = terms(*cart(texas, client_id).values())
    (order,) = json_of(texas.post(f"/clients/{client_id}/cart/checkout", body), 201)["orders"]
    assert order["placed_by"]["kind"] == "client"


def test_a_foreign_client_and_a_missing_one_answer_alike(world: World, api: Api) -> None:
    olga = api("olga")
    line_id = cart(api("maria"), world.client_id("stoyanova"))["sfp-10g"]
    before = world.everything()
    seen = olga.post(f"/clients/{world.client_id('stoyanova')}/cart/checkout", terms(line_id))
    missing = olga.post(f"/clients/{MISSING}/cart/checkout", terms(line_id))
    assert problem_of(seen, 404, "not_found") == problem_of(missing, 404, "not_found")
    assert world.everything() == before


@ON_SQLITE
def test_the_cart_is_not_touched_by_an_order_from_the_catalogue(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("texas-pixels")
    lines = cart(maria, client_id)
    place(maria, client_id, WEB_START)
    assert cart(maria, client_id) == lines


@ON_SQLITE
def test_positions_are_a_list_of_ids(world: World, api: Api) -> None:
    maria = api("maria")
    path = f"/clients/{world.client_id('stoyanova')}/cart/checkout"
    wrong: list[Any] = [None, [], "1", ["1"], [1.0], [True], [None], {}]
    before = world.everything()
    for line_ids in wrong:
        answer = maria.post(path, {"line_ids": line_ids, "payment_method": "cash"})
        assert all(field.startswith("line_ids") for field, _ in wrong_fields(answer)), line_ids
    assert world.everything() == before
