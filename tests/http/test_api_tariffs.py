"""/providers/{key}/tariffs, their stock, and categories: by the actions of the tariff's pages."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import WEB_START, all_pages, eur, place, problem_of, wrong_fields
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]

TARIFFS = "/providers/nordvik/tariffs"
WEB = f"{TARIFFS}/web-start"
NEW: dict[str, Any] = {
    "key": "web-small",
    "titles": {"en": "Web Small", "bg": "Уеб малък"},
    "kind": "service",
    "category": "Web hosting",
    "tax_class": "standard",
    "setup_fee": "3",
    "prices": [{"months": 1, "amount": "4.90", "points": 300}],
    "options": [
        {
            "key": "ip",
            "titles": {"en": "IP addresses"},
            "maximum": 8,
            "price_per_unit_month": {"amount": "1.00", "currency": "EUR"},
        }
    ],
    "allowed_groups": ["vip", "retail", "vip"],
    "countries": ["RO", "BG"],
    "requires_one_of": ["web-start"],
}


def test_a_tariff_is_added_shown_and_ordered_at_its_price(world: World, api: Api) -> None:
    owner = api("owner")
    free = {**NEW, "allowed_groups": [], "countries": [], "requires_one_of": []}
    added = json_of(owner.post(TARIFFS, free), 201)
    assert (added["provider"], added["stock"], added["supply"]) == (
        "nordvik",
        None,
        "electronic_service",
    )
    assert added["prices"] == [{"months": 1, "amount": eur("4.90"), "points": 300}]
    assert json_of(owner.get(f"{TARIFFS}/web-small")) == added
    line = {"tariff": "web-small", "period": "1 month"}
    order = place(owner, world.client_id("stoyanova"), line)
    assert order["lines"][0]["tariff"] == "web-small"


def test_restrictions_are_kept_by_key(api: Api) -> None:
    added = json_of(api("owner").post(TARIFFS, NEW), 201)
    assert added["allowed_groups"] == ["retail", "vip"]
    assert (added["countries"], added["requires_one_of"]) == (["BG", "RO"], ["web-start"])
    assert added["setup_fee"] == eur("3.00")
    (option,) = added["options"]
    assert option == {
        "key": "ip",
        "titles": {"en": "IP addresses"},
        "unit": "",
        "included": 0,
        "step": 1,
        "maximum": 8,
        "price_per_unit_month": eur("1.00"),
        "choices": [],
    }


@ON_SQLITE
def test_goods_are_goods_for_tax_unless_somebody_says_otherwise(api: Api) -> None:
    goods = {**NEW, "kind": "goods", "options": [], "prices": [{"months": 0, "amount": "9"}]}
    owner = api("owner")
    assert json_of(owner.post(TARIFFS, goods), 201)["supply"] == "goods"
    other = {**goods, "key": "other", "supply": "electronic_service"}
    assert json_of(owner.post(TARIFFS, other), 201)["supply"] == "electronic_service"


def test_what_is_sent_is_changed_and_placed_orders_keep_their_price(world: World, api: Api) -> None:
    owner = api("owner")
    order = place(owner, world.client_id("stoyanova"), WEB_START)
    before = json_of(owner.get(WEB))
    change = {"prices": [{"months": 1, "amount": "7.77"}], "archived": True}
    after = json_of(owner.patch(WEB, {**change, "version": before["version"]}))
    changed = {"prices", "archived", "version"}
    assert {name for name in after if after[name] != before[name]} == changed
    assert after["prices"] == [{"months": 1, "amount": eur("7.77"), "points": None}]
    assert json_of(owner.get(f"/orders/{order['id']}"))["total"] == order["total"]
    stale = owner.patch(WEB, {"archived": False, "version": before["version"]})
    assert problem_of(stale, 409, "stale_version")["current"] == after


def test_what_was_answered_may_be_sent_again_and_changes_nothing(world: World, api: Api) -> None:
    owner = api("owner")
    for tariff in json_of(owner.get(TARIFFS, limit=200))["items"]:
        sent = {name: tariff[name] for name in tariff.keys() - {"id", "provider", "stock"}}
        before = world.everything()
        assert json_of(owner.patch(f"{TARIFFS}/{tariff['key']}", sent)) == tariff
        assert world.everything() == before


REFUSED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"kind": "goods"}, ("kind", "settled")),
    ({"prices": []}, ("prices", "required")),
    ({"prices": [{"months": 1, "amount": "1.999"}]}, ("prices.0.amount", "invalid_amount")),
    ({"prices": [{"months": -1, "amount": "1"}]}, ("prices.0.months", "greater_than_equal")),
    ({"titles": {}}, ("titles", "required")),
    ({"tax_class": "none"}, ("tax_class", "unknown_tax_class")),
    ({"allowed_groups": ["nobody"]}, ("allowed_groups", "unknown")),
    ({"countries": ["XX"]}, ("countries", "country")),
    ({"requires_one_of": ["none"]}, ("requires_one_of", "unknown_tariff")),
    ({"components": [{"tariff": "ip", "months": 1}]}, ("components", "bundle")),
    ({"stock": 7}, ("stock", "unknown_field")),
]


@pytest.mark.parametrize(("body", "wrong"), REFUSED)
def test_what_is_wrong_is_told_at_its_field_and_nothing_changes(
    world: World, api: Api, body: dict[str, Any], wrong: tuple[str, str]
) -> None:
    owner = api("owner")
    before = world.everything()
    assert wrong in wrong_fields(owner.patch(WEB, body))
    assert world.everything() == before


@ON_SQLITE
def test_an_amount_in_another_currency_is_refused(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    dollars = {"amount": "1", "currency": "USD"}
    answer = owner.patch(WEB, {"prices": [{"months": 1, "amount": dollars}]})
    problem = problem_of(answer, 422, "invalid_amount")
    assert problem["errors"][0]["field"] == "prices.0.amount"
    assert world.everything() == before


@ON_SQLITE
def test_a_key_is_taken_once(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    assert ("key", "taken") in wrong_fields(owner.post(TARIFFS, {**NEW, "key": "web-start"}))
    assert world.everything() == before


def test_stock_comes_and_goes_with_a_reason(world: World, api: Api) -> None:
    owner, path = api("owner"), f"{TARIFFS}/sfp-10g"
    before = json_of(owner.get(path))["stock"]
    added = json_of(owner.post(f"{path}/stock", {"by": 5, "reason": "a delivery"}))
    assert added == {"tariff": "sfp-10g", "stock": before + 5}
    assert json_of(owner.post(f"{path}/stock", {"by": -5, "reason": "lost"}))["stock"] == before
    unchanged = world.everything()
    too_many = {"by": -before - 1, "reason": "lost"}
    problem_of(owner.post(f"{path}/stock", too_many), 422, "not_so_many")
    problem_of(owner.post(f"{WEB}/stock", {"by": 1, "reason": "none"}), 422, "not_counted")
    wrong = wrong_fields(owner.post(f"{path}/stock", {"by": 0, "reason": " "}))
    assert wrong == [("by", "number"), ("reason", "required")]
    assert world.everything() == unchanged


def test_whether_pieces_are_counted_asks_for_the_function_of_stock(world: World, api: Api) -> None:
    hold_only(world, "georgi", "catalog:tariff:change")
    georgi = api("georgi")
    before = world.everything()
    refusal = problem_of(georgi.patch(WEB, {"counted": True}), 403, "function_not_held")
    assert refusal["function"] == "catalog:stock:change"
    assert world.everything() == before


@ON_SQLITE
def test_tariffs_are_listed_page_by_page_and_found(api: Api) -> None:
    owner = api("owner")
    pages = all_pages(owner, TARIFFS, limit=5)
    keys = [row["key"] for page in pages for row in page]
    assert len(keys) == len(set(keys)) > 5
    found = json_of(owner.get(TARIFFS, query="web start"))["items"]
    assert [row["key"] for row in found] == ["web-start"]
    category = found[0]["category"]
    same = json_of(owner.get(TARIFFS, category=category, limit=200))["items"]
    assert {row["category"] for row in same} == {category}
    json_of(owner.patch(WEB, {"archived": True}))
    archived = json_of(owner.get(TARIFFS, archived="true"))["items"]
    assert "web-start" in {row["key"] for row in archived}
    sold = json_of(owner.get(TARIFFS, archived="false", limit=200))["items"]
    assert {row["key"] for row in sold} == set(keys) - {row["key"] for row in archived}
    assert wrong_fields(owner.get(TARIFFS, group="vip")) == [("group", "unknown_field")]
    assert wrong_fields(owner.get(TARIFFS, archived="1")) == [("archived", "archived")]


def test_another_providers_tariffs_do_not_exist(world: World, api: Api) -> None:
    hold_only(world, "olga", "catalog:tariff:change", "catalog:stock:change")
    olga = api("olga")
    before = world.everything()
    for path in (TARIFFS, "/providers/nobody/tariffs"):
        problem_of(olga.get(path), 404, "not_found")
        problem_of(olga.post(path, NEW), 404, "not_found")
        problem_of(olga.get(f"{path}/web-start"), 404, "not_found")
        problem_of(olga.patch(f"{path}/web-start", {"archived": True}), 404, "not_found")
        problem_of(olga.post(f"{path}/sfp-10g/stock", {"by": 1, "reason": "x"}), 404, "not_found")
    # of the provider they work for it is not either
    problem_of(olga.get("/providers/sever/tariffs/web-start"), 404, "not_found")
    assert world.everything() == before


def test_categories_are_set_in_the_order_of_the_shop(world: World, api: Api) -> None:
    owner, path = api("owner"), "/providers/nordvik/categories"
    before = json_of(owner.get(path))
    turned = [*reversed(before["categories"])]
    titled = [{**one, "titles": {"en": f"{one['name']}!"}} for one in turned]
    after = json_of(owner.put(path, {"categories": titled, "version": before["version"]}))
    assert after["categories"] == titled
    unchanged = world.everything()
    stale = owner.put(path, {"categories": [], "version": before["version"]})
    assert problem_of(stale, 409, "stale_version")["current"] == after
    twice = {"categories": [titled[0], titled[0]]}
    assert wrong_fields(owner.put(path, twice)) == [("categories.1", "twice")]
    assert world.everything() == unchanged
