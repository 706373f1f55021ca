"""GET /clients/{id}/catalog: every tariff with this client's price, and why not."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import (
    MISSING,
    all_pages,
    eur,
    place,
    points,
    problem_of,
    rub,
    wrong_fields,
)
from tests.world import World

Api = Callable[[str], ApiClient]

NORDVIK = [
    "web-start",
    "web-business",
    "vps-pro-4",
    "dedicated-ex64",
    "gpu-a16",
    "panel-license",
    "sfp-10g",
    "admin-hours-10",
    "shop-in-a-day",
    "old-web",
    "nas-storage",
]


def catalogue(caller: ApiClient, client_id: int, **query: str) -> dict[str, Any]:
    """Tariff key → its row."""
    answer = json_of(caller.get(f"/clients/{client_id}/catalog", **query))
    assert answer["next_cursor"] is None
    return {row["key"]: row for row in answer["items"]}


def reasons(rows: dict[str, Any]) -> dict[str, list[str]]:
    """Tariff key → codes of the reasons against it, of those that are not orderable."""
    for row in rows.values():
        assert row["orderable"] is not bool(row["reasons"])
    return {key: [r["code"] for r in row["reasons"]] for key, row in rows.items() if row["reasons"]}


def test_the_catalogue_has_every_tariff_of_the_provider(world: World, api: Api) -> None:
    rows = catalogue(api("maria"), world.client_id("stoyanova"))
    assert list(rows) == NORDVIK


def test_a_price_is_the_clients_own_and_tells_what_it_comes_to(world: World, api: Api) -> None:
    rows = catalogue(api("maria"), world.client_id("balkan.media"))
    assert rows["web-start"]["prices"] == [
        {
            "period": "1 month",
            "list_price": eur("4.90"),
            "price": eur("4.41"),
            "total_with_tax": eur("5.29"),
            "points": points(490),
        },
        {
            "period": "12 months",
            "list_price": eur("49.00"),
            "price": eur("44.10"),
            "total_with_tax": eur("52.92"),
            "points": None,
        },
    ]


@ON_SQLITE
def test_a_row_has_all_that_a_shop_window_shows(world: World, api: Api) -> None:
    rows = catalogue(api("maria"), world.client_id("stoyanova"))
    vps, dedicated, sfp, shop = (
        rows[key] for key in ("vps-pro-4", "dedicated-ex64", "sfp-10g", "shop-in-a-day")
    )
    assert (vps["title"], vps["kind"], vps["category"]) == ("VPS Pro 4", "service", "VPS")
    assert [option["key"] for option in vps["options"]] == ["ram", "ipv4", "os"]
    ram, _, system = vps["options"]
    assert (ram["included"], ram["step"], ram["max"]) == (8, 4, 32)
    assert (ram["unit"], ram["price_per_unit_month"]) == ("GB", eur("1.50"))
    assert system["choices"] == ["Debian 13", "Ubuntu 26.04", "AlmaLinux 10"]
    assert (dedicated["availability"], dedicated["lead_time_days"]) == ("on_order", 5)
    assert dedicated["setup_fee"] == eur("49.00")
    assert (sfp["stock"], sfp["needs_delivery"]) == (10, True)
    assert shop["components"] == [
        {"tariff": "web-business", "period": "12 months"},
        {"tariff": "admin-hours-10", "period": "once"},
    ]


@ON_SQLITE
def test_prices_of_a_provider_that_has_tax_inside_are_what_is_paid(world: World, api: Api) -> None:
    (price, _) = catalogue(api("olga"), world.client_id("ip.vetrov"))["oblako-2"]["prices"]
    assert price["list_price"] == price["price"] == price["total_with_tax"] == rub("890.00")


FORBIDDEN = {
    "stoyanova": {
        "gpu-a16": ["group_not_allowed"],
        "panel-license": ["prerequisite_missing"],
        "old-web": ["archived"],
    },
    "rhein-labs": {"panel-license": ["prerequisite_missing"], "old-web": ["archived"]},
    "texas-pixels": {
        "dedicated-ex64": ["country_not_allowed"],
        "gpu-a16": ["group_not_allowed"],
        "panel-license": ["prerequisite_missing"],
        "old-web": ["archived"],
    },
    "ip.vetrov": {"server-pod-zakaz": ["group_forbidden"]},
}


def test_what_the_client_may_not_have_is_shown_with_its_reasons(world: World, api: Api) -> None:
    maria = api("maria")
    for client, expected in FORBIDDEN.items():
        assert reasons(catalogue(maria, world.client_id(client))) == expected, client


@ON_SQLITE
def test_a_blocked_client_may_have_nothing(world: World, api: Api) -> None:
    refused = reasons(catalogue(api("maria"), world.client_id("blocked.client")))
    assert list(refused) == NORDVIK
    assert all({"client_blocked", "debt_over_limit"} <= set(codes) for codes in refused.values())


@ON_SQLITE
def test_each_reason_says_what_would_change_it(world: World, api: Api) -> None:
    rows = catalogue(api("maria"), world.client_id("stoyanova"))
    assert rows["gpu-a16"]["reasons"] == [
        {
            "code": "group_not_allowed",
            "message": "Only for clients with a signed contract",
            "remedy": "Move the client to one of these groups: Signed contract.",
        }
    ]


def test_not_for_self_service_binds_the_client_and_not_staff(world: World, api: Api) -> None:
    client_id = world.client_id("stoyanova")
    their_own = catalogue(api("stoyanova"), client_id)["nas-storage"]
    assert [reason["code"] for reason in their_own["reasons"]] == ["not_self_service"]
    assert catalogue(api("maria"), client_id)["nas-storage"]["orderable"] is True


@ON_SQLITE
def test_a3_whoever_only_reads_orders_is_not_shown_the_catalogue(world: World, api: Api) -> None:
    """With it come prices, stock, block and debt."""
    answer = api("georgi").get(f"/clients/{world.client_id('stoyanova')}/catalog")
    problem_of(answer, 403, "function_not_held")


@ON_SQLITE
def test_a_category_narrows_the_catalogue(world: World, api: Api) -> None:
    client_id = world.client_id("stoyanova")
    maria = api("maria")
    assert list(catalogue(maria, client_id, category="Web hosting")) == [
        "web-start",
        "web-business",
        "old-web",
    ]
    unknown = maria.get(f"/clients/{client_id}/catalog", category="web hosting")
    assert wrong_fields(unknown) == [("category", "unknown_category")]


def test_with_several_providers_the_catalogue_needs_one_named(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('romashka')}/catalog"
    problem_of(maria.get(path), 422, "provider_needed")
    answer = json_of(maria.get(path, provider="sever"))
    assert answer["provider"] == "sever"
    assert [row["key"] for row in answer["items"]] == ["oblako-2", "server-pod-zakaz", "router-ax"]


def test_the_one_provider_in_scope_needs_no_name(world: World, api: Api) -> None:
    assert "oblako-2" in catalogue(api("olga"), world.client_id("romashka"))


def test_a_foreign_provider_or_client_is_like_none(world: World, api: Api) -> None:
    olga, romashka = api("olga"), world.client_id("romashka")
    path = f"/clients/{romashka}/catalog"
    foreign, missing = (olga.get(path, provider=key) for key in ("nordvik", "no-such"))
    assert wrong_fields(foreign) == [("provider", "unknown_provider")]
    assert foreign.get_json() == missing.get_json()
    foreign = olga.get(f"/clients/{world.client_id('stoyanova')}/catalog")
    missing = olga.get(f"/clients/{MISSING}/catalog")
    assert problem_of(foreign, 404, "not_found") == problem_of(missing, 404, "not_found")


@ON_SQLITE
@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("bg", "Уеб Старт"),
        ("bg-BG,bg;q=0.9,en;q=0.5", "Уеб Старт"),
        ("en", "Web Start"),
        ("ru", "Web Start"),
        ("fr", "Web Start"),
        ("", "Web Start"),
    ],
)
def test_titles_are_in_the_language_asked_for(
    world: World, api: Api, language: str, title: str
) -> None:
    maria, path = api("maria"), f"/api/v1/clients/{world.client_id('stoyanova')}/catalog"
    headers = {"Authorization": f"Bearer {maria.token}", "Accept-Language": language}
    rows = json_of(maria.http.get(path, headers=headers))["items"]
    assert rows[0]["title"] == title


@ON_SQLITE
def test_an_owners_own_words_are_in_the_language_asked_for(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/api/v1/clients/{world.client_id('stoyanova')}/catalog"
    headers = {"Authorization": f"Bearer {maria.token}", "Accept-Language": "ru"}
    rows = {row["key"]: row for row in json_of(maria.http.get(path, headers=headers))["items"]}
    assert rows["gpu-a16"]["reasons"][0]["message"] == "Только для клиентов с договором"


@ON_SQLITE
def test_an_unknown_filter_is_refused(world: World, api: Api) -> None:
    answer = api("maria").get(f"/clients/{world.client_id('stoyanova')}/catalog", price="1")
    assert wrong_fields(answer) == [("price", "unknown_field")]


@ON_SQLITE
def test_short_lists_are_read_page_by_page_too(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    order = place(maria, client_id)
    for path, limit, sizes in (
        ("/providers", 1, [1, 1]),
        (f"/clients/{client_id}/catalog", 4, [4, 4, 3]),
        (f"/clients/{client_id}/cart", 2, [2, 1]),
        (f"/orders/{order['id']}/invoices", 1, [1]),
    ):
        pages = all_pages(maria, path, limit=limit)
        assert [len(page) for page in pages] == sizes, path
        assert [row for page in pages for row in page] == json_of(maria.get(path))["items"]
        assert wrong_fields(maria.get(path, limit=0)) == [("limit", "number")]
