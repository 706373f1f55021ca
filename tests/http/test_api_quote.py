"""POST /clients/{id}/quote: the price without placing, and every reason against it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import (
    MISSING,
    WEB_START,
    basket,
    eur,
    points,
    problem_of,
    rub,
    wrong_fields,
)
from tests.world import World

Api = Callable[[str], ApiClient]

VPS = {"tariff": "vps-pro-4", "period": "12 months", "quantity": 2}
LICENCE = {"tariff": "panel-license", "period": "1 month"}
SFP_FOR_POINTS = {"tariff": "sfp-10g", "pay_with": "points"}


def quoted(caller: ApiClient, client_id: int, *lines: dict[str, Any], **more: Any) -> Any:
    body = {"lines": list(lines) or [WEB_START], **more}
    return json_of(caller.post(f"/clients/{client_id}/quote", body))


def codes(reasons: list[dict[str, Any]]) -> set[str]:
    return {reason["code"] for reason in reasons}


def test_a_quote_has_the_clients_discount_taxes_and_what_is_left_to_them(
    world: World, api: Api
) -> None:
    quote = quoted(api("balkan.media"), world.client_id("balkan.media"), VPS, LICENCE)
    assert quote["orderable"] is True
    assert quote["provider"] == "nordvik"
    assert quote["totals"]["goods"] == eur("442.40")
    assert quote["totals"]["discount"] == eur("44.24")
    assert quote["totals"]["delivery"] == eur("0.00")
    (tax,) = quote["totals"]["taxes"]
    assert Decimal(tax["percent"]) == 20
    assert (tax["base"], tax["tax"]) == (eur("398.16"), eur("79.63"))
    assert quote["total"] == eur("477.79")
    assert quote["balance_after"] == eur("806.71")
    assert quote["points_after"] == points(3250)


@ON_SQLITE
def test_a_line_of_a_quote_says_what_was_chosen_and_what_it_costs(world: World, api: Api) -> None:
    line = {"tariff": "vps-pro-4", "period": "12 months", "options": {"ram": 16}}
    quote = quoted(api("maria"), world.client_id("stoyanova"), line)
    (row,) = quote["lines"]
    assert Decimal(row.pop("tax_percent")) == 20
    assert (row.pop("tax_category"), row.pop("listed_tax_percent")) == ("S", "0")
    assert row == {
        "tariff": "vps-pro-4",
        "title": "VPS Pro 4",
        "period": "12 months",
        "quantity": 1,
        "options": {"ram": 16, "ipv4": 1, "os": "Debian 13"},
        "pay_with": "money",
        # 214.20 and 8 GB more at 1.50 for 12 months
        "unit_price": eur("358.20"),
        "setup_fee": eur("0.00"),
        "discount": eur("0.00"),
        "amount": eur("358.20"),
        "points": points(0),
        "orderable": True,
        "reasons": [],
    }


def test_what_is_quoted_is_what_placing_charges(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("balkan.media")
    quote = quoted(maria, client_id, VPS, LICENCE)
    body = basket(VPS, LICENCE, expected_total=quote["total"])
    (order,) = json_of(maria.post(f"/clients/{client_id}/orders", body), 201)["orders"]
    assert order["total"] == quote["total"]


def test_a_refused_quote_is_an_answer_with_reasons_line_by_line(world: World, api: Api) -> None:
    maria, gpu = api("maria"), {"tariff": "gpu-a16", "period": "1 month"}
    before = world.everything()
    quote = quoted(maria, world.client_id("stoyanova"), WEB_START, gpu, LICENCE)
    assert quote["orderable"] is False
    assert [row["orderable"] for row in quote["lines"]] == [True, False, True]
    assert codes(quote["lines"][1]["reasons"]) == {"group_not_allowed"}
    assert quote["total"] == eur("236.88")
    assert world.everything() == before


RESTRICTIONS: list[tuple[str, dict[str, Any], dict[str, str], set[str]]] = [
    (
        "texas-pixels",
        {"tariff": "dedicated-ex64", "period": "1 month"},
        {},
        {"country_not_allowed"},
    ),
    ("blocked.client", WEB_START, {}, {"client_blocked", "debt_over_limit"}),
    (
        "ip.vetrov",
        {"tariff": "oblako-2", "period": "1 month"},
        {"payment_method": "bank_transfer"},
        {"payment_method_forbidden"},
    ),
    (
        "balkan.media",
        {"tariff": "oblako-2", "period": "1 month"},
        {"provider": "sever"},
        {"wrong_provider"},
    ),
    (
        "rhein-labs",
        {"tariff": "gpu-a16", "period": "1 month", "quantity": 5},
        {},
        {"out_of_stock"},
    ),
    (
        "stoyanova",
        {"tariff": "web-business", "period": "1 month", "quantity": 4},
        {},
        {"limit_reached"},
    ),
]


def test_each_restriction_is_a_reason(world: World, api: Api) -> None:
    maria = api("maria")
    for client, line, more, expected in RESTRICTIONS:
        quote = quoted(maria, world.client_id(client), line, **more)
        assert quote["orderable"] is False
        reasons = quote["lines"][0]["reasons"]
        assert codes(reasons) == expected
        assert all(reason["message"] and reason["remedy"] for reason in reasons)


@ON_SQLITE
def test_a_method_that_was_not_said_yet_forbids_nothing(world: World, api: Api) -> None:
    line = {"tariff": "oblako-2", "period": "1 month"}
    assert quoted(api("maria"), world.client_id("ip.vetrov"), line)["orderable"] is True


@ON_SQLITE
def test_too_few_points_is_a_reason_against_the_whole(world: World, api: Api) -> None:
    stoyanova, client_id = api("stoyanova"), world.client_id("stoyanova")
    enough = quoted(stoyanova, client_id, SFP_FOR_POINTS)
    assert (enough["orderable"], enough["total_points"]) == (True, points(3800))
    assert (enough["total"], enough["points_after"]) == (eur("0.00"), points(1320))
    too_many = quoted(stoyanova, client_id, {**SFP_FOR_POINTS, "quantity": 2})
    assert too_many["orderable"] is False
    assert codes(too_many["reasons"]) == {"insufficient_points"}


@ON_SQLITE
def test_the_period_may_be_left_out_where_there_is_one(world: World, api: Api) -> None:
    quote = quoted(api("maria"), world.client_id("rhein-labs"), {"tariff": "gpu-a16"})
    assert quote["lines"][0]["period"] == "1 month"


@ON_SQLITE
def test_delivery_costs_what_the_provider_says(world: World, api: Api) -> None:
    sfp = {"tariff": "sfp-10g"}
    maria, client_id = api("maria"), world.client_id("stoyanova")
    quote = quoted(maria, client_id, sfp, delivery={"service": "speedy"})
    assert quote["totals"]["delivery"] == eur("4.50")
    assert quote["total"] == eur("51.00")
    later = quoted(maria, client_id, sfp)
    assert later["totals"]["delivery"] == eur("0.00")


@ON_SQLITE
def test_an_unknown_method_or_delivery_service_is_refused(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/quote"
    answer = maria.post(path, {"lines": [WEB_START], "payment_method": "shells"})
    assert wrong_fields(answer) == [("payment_method", "unknown_payment_method")]
    answer = maria.post(path, {"lines": [WEB_START], "delivery": {"service": "cdek"}})
    assert wrong_fields(answer) == [("delivery.service", "unknown_delivery_service")]


def test_the_orders_a_checkout_would_make_are_shown(world: World, api: Api) -> None:
    router = {"tariff": "router-ax", "quantity": 2}
    server = {"tariff": "server-pod-zakaz"}
    quote = quoted(api("maria"), world.client_id("romashka"), server, router, provider="sever")
    assert [(order["lines"], order["total"]) for order in quote["orders"]] == [
        ([1], rub("12980.00")),
        ([0], rub("14900.00")),
    ]
    assert quote["total"] == rub("27880.00")


@ON_SQLITE
def test_equal_lines_stay_apart_in_the_orders_shown(world: World, api: Api) -> None:
    quote = quoted(api("maria"), world.client_id("stoyanova"), WEB_START, WEB_START)
    assert [order["lines"] for order in quote["orders"]] == [[0, 1]]


@ON_SQLITE
def test_a_percentage_is_a_plain_number(world: World, api: Api) -> None:
    quote = quoted(api("maria"), world.client_id("stoyanova"))
    assert quote["lines"][0]["tax_percent"] == "20"
    assert quote["totals"]["taxes"][0]["percent"] == "20"


@ON_SQLITE
def test_every_mistake_of_every_line_is_told_at_once(world: World, api: Api) -> None:
    lines = [
        {"tariff": "no-such", "period": "1 month"},
        {"tariff": "web-start", "period": "3 months"},
        {"tariff": "vps-pro-4", "period": "1 month", "options": {"disk": 1, "os": "DOS", "ram": 9}},
        {"tariff": "vps-pro-4", "period": "1 month", "pay_with": "points"},
        {"tariff": "web-start"},
    ]
    answer = api("maria").post(f"/clients/{world.client_id('stoyanova')}/quote", {"lines": lines})
    assert wrong_fields(answer) == [
        ("lines.0.tariff", "unknown_tariff"),
        ("lines.1.period", "period_not_offered"),
        ("lines.2.options.disk", "unknown_option"),
        ("lines.2.options.os", "unknown_choice"),
        ("lines.2.options.ram", "option_range"),
        ("lines.3.pay_with", "no_points_price"),
        ("lines.4.period", "period_not_offered"),
    ]


@ON_SQLITE
def test_a_period_is_written_one_way(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/quote"
    for period in ("12", "012 months", "1 months", "12 month", "ONCE", "", "-1 month", "１ month"):
        answer = maria.post(path, {"lines": [{"tariff": "web-start", "period": period}]})
        assert wrong_fields(answer) == [("lines.0.period", "period_not_offered")], period


@ON_SQLITE
def test_with_several_providers_a_quote_needs_one_named(world: World, api: Api) -> None:
    path = f"/clients/{world.client_id('romashka')}/quote"
    problem_of(api("maria").post(path, {"lines": [WEB_START]}), 422, "provider_needed")


def test_a_foreign_client_and_a_missing_one_answer_alike(world: World, api: Api) -> None:
    olga, body = api("olga"), {"lines": [WEB_START]}
    foreign = olga.post(f"/clients/{world.client_id('stoyanova')}/quote", body)
    missing = olga.post(f"/clients/{MISSING}/quote", body)
    assert problem_of(foreign, 404, "not_found") == problem_of(missing, 404, "not_found")


@ON_SQLITE
def test_a_client_is_quoted_their_own_rules(world: World, api: Api) -> None:
    nas = {"tariff": "nas-storage"}
    client_id = world.client_id("stoyanova")
    their_own = quoted(api("stoyanova"), client_id, nas)
    assert codes(their_own["lines"][0]["reasons"]) == {"not_self_service"}
    assert quoted(api("maria"), client_id, nas)["orderable"] is True
