"""Placing from the catalogue, histories, one order, delivering its lines."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from billing_panel.catalog.models import Price
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import (
    HUGE,
    MISSING,
    WEB_START,
    all_pages,
    basket,
    eur,
    place,
    points,
    problem_of,
    rub,
    send,
    wrong_fields,
)
from tests.world import World

Api = Callable[[str], ApiClient]

OBLAKO = {"tariff": "oblako-2", "period": "1 month"}
SEVER = {"provider": "sever"}


# --- placing ------------------------------------------------------------------------------------


def test_a_placed_order_is_told_with_everything_about_it(world: World, api: Api) -> None:
    client_id = world.client_id("rhein-labs")
    order = place(api("maria"), client_id, {"tariff": "web-start", "period": "12 months"})
    assert isinstance(order["id"], int)
    assert isinstance(order["lines"][0].pop("id"), int)
    (invoice,) = order.pop("invoices")
    assert (invoice["kind"], invoice["number"]) == ("proforma", "NH-2026-000001")
    assert (invoice["issued_on"], invoice["due_on"]) == ("2026-11-22", "2026-12-22")
    assert invoice["total"] == eur("49.00")
    assert order == {
        "id": order["id"],
        "number": str(10_000 + order["id"]),
        "provider": "nordvik",
        "client": {
            "id": client_id,
            "login": "rhein-labs",
            "account_number": 100520,
            "name": "Rhein Labs GmbH",
        },
        "status": "awaiting_payment",
        "status_title": "Awaiting payment",
        "stage": "new",
        "version": 1,
        "placed_at": "2026-11-22T10:00:00+00:00",
        "placed_by": {"kind": "staff", "login": "maria", "name": "Maria Koleva"},
        "placed_for": "rhein-labs",
        "claimed_by": None,
        "payment_method": "bank_transfer",
        "payment_state": "unpaid",
        "total": eur("49.00"),
        "paid": eur("0.00"),
        "left": eur("49.00"),
        "total_points": points(0),
        "left_points": points(0),
        "lines": [
            {
                "tariff": "web-start",
                "title": "Web Start",
                "status": "ordered",
                "period": "12 months",
                "quantity": 1,
                "options": {},
                "pay_with": "money",
                "unit_price": eur("49.00"),
                "setup_fee": eur("0.00"),
                "discount": eur("0.00"),
                "amount": eur("49.00"),
                "tax_percent": "0",
                "tax_category": "AE",
                "listed_tax_percent": "0",
                "points": points(0),
                "delivered_at": None,
                "taken_back_at": None,
            }
        ],
        "totals": {
            "goods": eur("49.00"),
            "delivery": eur("0.00"),
            "discount": eur("0.00"),
            "taxes": [
                {
                    "percent": "0",
                    "category": "AE",
                    "place": "DE",
                    "base": eur("49.00"),
                    "tax": eur("0.00"),
                }
            ],
            "taxes_inside": False,
            "treatment": "reverse_charge",
        },
        "note": "",
        "messages": 0,
        "unread": 1,
        "delivery": {"service": None, "address": "", "postal_address": None},
        "deadlines": [{"due_at": "2026-12-22T10:00:00+00:00"}],
        "pay_by": "2026-12-22",
        "question": None,
        "rates": None,
        "status_since": "2026-11-22T10:00:00+00:00",
        "workflow": {"key": "hosting", "version": 1},
        "fields": {},
        "promo_code": None,
        "group": [],
        "owed": eur("0.00"),
        "written_off": eur("0.00"),
        "payments": [],
    }


def test_an_order_is_read_as_it_was_placed(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    order = place(maria, client_id, WEB_START, note="до обед")
    assert order["note"] == "до обед"
    assert json_of(maria.get(f"/orders/{order['id']}")) == order
    (of_client,) = json_of(maria.get(f"/clients/{client_id}/orders"))["items"]
    (of_all,) = json_of(maria.get("/orders"))["items"]
    assert of_client == of_all
    assert of_client.items() <= order.items()


@ON_SQLITE
def test_goods_go_to_the_address_given_or_the_clients_own(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    sfp = {"tariff": "sfp-10g"}
    given = {"service": "speedy", "address": "Бургас, до поискване"}
    order = place(maria, client_id, sfp, delivery=given)
    assert order["delivery"].items() >= given.items()
    assert order["delivery"]["postal_address"]["city"] == ""
    assert order["totals"]["delivery"] == eur("4.50")
    order = place(maria, client_id, sfp)
    assert order["delivery"] == {
        "service": None,
        "address": "ул. „Иван Вазов“ 3, 4000 Пловдив",
        "postal_address": {
            "lines": ["ул. „Иван Вазов“ 3"],
            "post_code": "4000",
            "city": "Пловдив",
            "region": "",
            "country": "BG",
        },
    }


@ON_SQLITE
def test_a_line_may_be_paid_with_points(world: World, api: Api) -> None:
    sfp = {"tariff": "sfp-10g", "pay_with": "points"}
    order = place(api("maria"), world.client_id("stoyanova"), sfp, WEB_START)
    assert (order["total"], order["total_points"]) == (eur("5.88"), points(3800))
    assert (order["left"], order["left_points"]) == (eur("5.88"), points(3800))
    assert [line["points"] for line in order["lines"]] == [points(3800), points(0)]


def test_a_checkout_that_splits_gives_several_orders_of_one_group(world: World, api: Api) -> None:
    lines = [{"tariff": "server-pod-zakaz"}, {"tariff": "router-ax"}]
    path = f"/clients/{world.client_id('romashka')}/orders"
    answer = api("olga").post(path, basket(*lines, **SEVER))
    first, second = json_of(answer, 201)["orders"]
    assert [line["tariff"] for line in first["lines"]] == ["router-ax"]
    assert [line["tariff"] for line in second["lines"]] == ["server-pod-zakaz"]
    assert first["group"] == second["group"] == [first["id"], second["id"]]
    assert (first["total"], second["total"]) == (rub("6490.00"), rub("14900.00"))


@ON_SQLITE
def test_a_client_places_for_themselves(world: World, api: Api) -> None:
    order = place(api("stoyanova"), world.client_id("stoyanova"))
    assert order["placed_by"] == {
        "kind": "client",
        "login": "stoyanova",
        "name": "Елена Стоянова",
    }


def test_what_the_client_may_not_have_is_refused_with_every_reason(world: World, api: Api) -> None:
    maria, gpu = api("maria"), {"tariff": "gpu-a16"}
    old = {"tariff": "old-web"}
    before = world.everything()
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    refusal = problem_of(maria.post(path, basket(WEB_START, gpu, old)), 422, "not_orderable")
    assert [(reason["line"], reason["code"]) for reason in refusal["reasons"]] == [
        ("lines.1", "group_not_allowed"),
        ("lines.2", "archived"),
    ]
    assert refusal["reasons"][0]["message"] == "Only for clients with a signed contract"
    assert all(reason["remedy"] for reason in refusal["reasons"])
    assert world.everything() == before


RESTRICTIONS: list[tuple[str, dict[str, Any], dict[str, str], list[str]]] = [
    (
        "texas-pixels",
        {"tariff": "dedicated-ex64", "period": "1 month"},
        {},
        ["country_not_allowed"],
    ),
    ("blocked.client", WEB_START, {}, ["client_blocked", "debt_over_limit"]),
    (
        "ip.vetrov",
        {"tariff": "server-pod-zakaz"},
        {"payment_method": "balance"},
        ["group_forbidden"],
    ),
    ("ip.vetrov", OBLAKO, {}, ["payment_method_forbidden"]),
    ("balkan.media", OBLAKO, SEVER, ["wrong_provider"]),
    (
        "stoyanova",
        {"tariff": "sfp-10g", "quantity": 2, "pay_with": "points"},
        {},
        ["insufficient_points"],
    ),
]


def test_a_restriction_binds_staff_as_it_binds_the_client(world: World, api: Api) -> None:
    maria = api("maria")
    before = world.everything()
    for client, line, more, expected in RESTRICTIONS:
        answer = maria.post(f"/clients/{world.client_id(client)}/orders", basket(line, **more))
        refusal = problem_of(answer, 422, "not_orderable")
        assert [reason["code"] for reason in refusal["reasons"]] == expected
    assert world.everything() == before


def test_a_price_that_changed_since_it_was_shown_asks_again(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    shown = json_of(maria.post(f"/clients/{client_id}/quote", {"lines": [WEB_START]}))["total"]
    world.change(Price, {"amount": 490, "months": 1}, amount=590)
    before = world.everything()
    path = f"/clients/{client_id}/orders"
    refusal = problem_of(maria.post(path, basket(expected_total=shown)), 409, "price_changed")
    assert (refusal["old"], refusal["new"]) == (shown, eur("7.08")) == (eur("5.88"), eur("7.08"))
    assert world.everything() == before
    json_of(maria.post(path, basket(expected_total=refusal["new"])), 201)


@ON_SQLITE
def test_an_expected_total_in_another_currency_is_another_price(world: World, api: Api) -> None:
    maria = api("maria")
    before = world.everything()
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    refusal = problem_of(
        maria.post(path, basket(expected_total={"amount": "5.88", "currency": "USD"})),
        409,
        "price_changed",
    )
    assert refusal["new"] == eur("5.88")
    assert world.everything() == before


@ON_SQLITE
def test_expected_points_are_compared_too(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    sfp = {"tariff": "sfp-10g", "pay_with": "points"}
    before = world.everything()
    refusal = problem_of(maria.post(path, basket(sfp, expected_points=3700)), 409, "price_changed")
    assert (refusal["old"], refusal["new"]) == (points(3700), points(3800))
    assert world.everything() == before
    json_of(maria.post(path, basket(sfp, expected_points=3800)), 201)


@ON_SQLITE
def test_a_total_that_money_cannot_hold_is_refused(world: World, api: Api) -> None:
    world.change(Price, {"amount": 490, "months": 1}, amount=10**12)
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    before = world.everything()
    answer = maria.post(path, basket({**WEB_START, "quantity": 100_000}))
    problem_of(answer, 422, "total_too_large")
    assert world.everything() == before


def test_who_may_not_create_gets_a_refusal_and_writes_nothing(world: World, api: Api) -> None:
    callers, client_id = [api("georgi"), api("petar")], world.client_id("stoyanova")
    before = world.everything()
    for caller in callers:
        for path in ("orders", "cart/checkout", "quote"):
            answer = caller.post(f"/clients/{client_id}/{path}", basket())
            refusal = problem_of(answer, 403, "function_not_held")
            assert refusal["function"].startswith("orders:")
    assert world.everything() == before


def test_a_foreign_client_or_provider_cannot_be_ordered_for(world: World, api: Api) -> None:
    olga = api("olga")
    before = world.everything()
    foreign = olga.post(f"/clients/{world.client_id('stoyanova')}/orders", basket())
    missing = olga.post(f"/clients/{MISSING}/orders", basket())
    assert problem_of(foreign, 404, "not_found") == problem_of(missing, 404, "not_found")
    romashka = f"/clients/{world.client_id('romashka')}/orders"
    problem_of(olga.post(romashka, basket(provider="nordvik")), 404, "not_found")
    assert world.everything() == before


# --- histories ----------------------------------------------------------------------------------


def test_a_history_is_newest_first_page_by_page(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    placed = [place(maria, client_id)["id"] for _ in range(5)]
    pages = all_pages(maria, f"/clients/{client_id}/orders", limit=2)
    assert [[row["id"] for row in page] for page in pages] == [
        placed[:2:-1],
        placed[2:0:-1],
        placed[:1],
    ]


@ON_SQLITE
def test_an_order_placed_meanwhile_does_not_shift_the_next_page(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    first, second, third = (place(maria, client_id)["id"] for _ in range(3))
    page = json_of(maria.get(f"/clients/{client_id}/orders", limit=2))
    place(maria, client_id)
    rest = json_of(maria.get(f"/clients/{client_id}/orders", limit=2, cursor=page["next_cursor"]))
    assert [row["id"] for row in page["items"] + rest["items"]] == [third, second, first]


def test_a_history_is_narrowed_by_provider_status_and_stage(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("romashka")
    nordvik = place(maria, client_id, provider="nordvik", payment_method="cash")["id"]
    sever = place(maria, client_id, OBLAKO, **SEVER)

    def found(**query: str) -> list[int]:
        rows = json_of(maria.get(f"/clients/{client_id}/orders", **query))["items"]
        return [row["id"] for row in rows]

    assert found() == [sever["id"], nordvik]
    assert found(provider="nordvik") == [nordvik]
    assert found(provider="sever") == [sever["id"]]
    assert found(status="awaiting_payment", provider="nordvik") == [nordvik]
    unknown = maria.get(f"/clients/{client_id}/orders", status="no-such")
    assert wrong_fields(unknown) == [("status", "unknown_status")]
    assert found(stage=sever["stage"], provider="sever") == [sever["id"]]
    assert found(stage="done") == []
    assert found(query="облако", provider="sever") == found(query="ОБЛА́КО") == [sever["id"]]


@ON_SQLITE
def test_a_stage_is_one_of_those_there_are(world: World, api: Api) -> None:
    maria, path = api("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    for stage in ("", "NEW", "paid"):
        answer = maria.get(path, stage=stage)
        assert wrong_fields(answer) == [("stage", "unknown_stage")]
        assert "open" in answer.get_json()["errors"][0]["message"]


def test_orders_are_found_by_number_and_by_login(world: World, api: Api) -> None:
    maria = api("maria")
    first = place(maria, world.client_id("stoyanova"))
    second = place(maria, world.client_id("balkan.media"))

    def found(**query: str) -> list[int]:
        return [row["id"] for row in json_of(maria.get("/orders", **query))["items"]]

    assert found() == [second["id"], first["id"]]
    assert found(query=first["number"]) == [first["id"]]
    assert found(query="balkan.media") == [second["id"]]
    assert found(query="9" * 18) == found(query="9" * 40) == found(query="0") == []
    assert found(provider="sever") == []


@ON_SQLITE
def test_unknown_filters_of_orders_are_refused(world: World, api: Api) -> None:
    maria = api("maria")
    for path in ("/orders", f"/clients/{world.client_id('stoyanova')}/orders"):
        assert wrong_fields(maria.get(path, client_id="1")) == [("client_id", "unknown_field")]


# --- whose orders -------------------------------------------------------------------------------


def test_orders_of_another_provider_are_not_there_by_any_address(world: World, api: Api) -> None:
    maria, olga, romashka = api("maria"), api("olga"), world.client_id("romashka")
    foreign = place(maria, romashka, provider="nordvik")
    own = place(maria, romashka, OBLAKO, **SEVER)
    line_id = foreign["lines"][0]["id"]
    before = world.everything()
    for path in ("/orders/{}", "/orders/{}/invoices"):
        seen = problem_of(olga.get(path.format(foreign["id"])), 404, "not_found")
        assert seen == problem_of(olga.get(path.format(MISSING)), 404, "not_found")
    seen = problem_of(
        olga.post(f"/orders/{foreign['id']}/lines/{line_id}/deliver", {}), 404, "not_found"
    )
    assert seen == problem_of(
        olga.post(f"/orders/{MISSING}/lines/{line_id}/deliver", {}), 404, "not_found"
    )
    refused = olga.get("/orders", provider="nordvik")
    assert refused.get_json() == olga.get("/orders", provider="no-such").get_json()
    assert wrong_fields(refused) == [("provider", "unknown_provider")]
    for query in ({}, {"query": foreign["number"]}, {"query": "romashka"}):
        for path in ("/orders", f"/clients/{romashka}/orders"):
            if path == "/orders" or "query" not in query:
                rows = json_of(olga.get(path, **query))["items"]
                assert {row["id"] for row in rows} <= {own["id"]}
    assert [row["id"] for row in json_of(olga.get("/orders"))["items"]] == [own["id"]]
    assert world.everything() == before


def test_a_client_sees_their_own_orders_and_no_others(world: World, api: Api) -> None:
    maria = api("maria")
    own = place(maria, world.client_id("stoyanova"))
    foreign = place(maria, world.client_id("balkan.media"))
    stoyanova = api("stoyanova")
    assert [row["id"] for row in json_of(stoyanova.get("/orders"))["items"]] == [own["id"]]
    by_provider = {"kind": "staff", "login": None, "name": "Nordvik Hosting"}
    seen = json_of(stoyanova.get(f"/orders/{own['id']}"))
    assert seen == {**own, "placed_by": by_provider}
    seen = problem_of(stoyanova.get(f"/orders/{foreign['id']}"), 404, "not_found")
    assert seen == problem_of(stoyanova.get(f"/orders/{MISSING}"), 404, "not_found")
    path = f"/clients/{world.client_id('balkan.media')}/orders"
    before = world.everything()
    problem_of(stoyanova.post(path, basket()), 404, "not_found")
    assert world.everything() == before


@ON_SQLITE
def test_an_id_that_no_order_can_have_is_not_found(api: Api) -> None:
    maria = api("maria")
    for number in ("0", "-1", "x", HUGE, 10**30):
        problem_of(maria.get(f"/orders/{number}"), 404, "not_found")
        problem_of(maria.get(f"/orders/{number}/invoices"), 404, "not_found")
        problem_of(maria.post(f"/orders/{number}/lines/{number}/deliver", {}), 404, "not_found")


# --- delivering ---------------------------------------------------------------------------------


def test_delivering_a_line_marks_it_and_counts_the_version_on(world: World, api: Api) -> None:
    maria = api("maria")
    order = place(maria, world.client_id("stoyanova"), WEB_START, {"tariff": "nas-storage"})
    first, second = (line["id"] for line in order["lines"])
    delivered = json_of(maria.post(f"/orders/{order['id']}/lines/{first}/deliver", {}))
    assert delivered["version"] == 2
    assert [line["status"] for line in delivered["lines"]] == ["delivered", "ordered"]
    assert delivered["lines"][0]["delivered_at"] == "2026-11-22T10:00:00+00:00"
    assert json_of(maria.get(f"/orders/{order['id']}")) == delivered
    last = json_of(maria.post(f"/orders/{order['id']}/lines/{second}/deliver", {}))
    assert [line["status"] for line in last["lines"]] == ["delivered", "delivered"]


def test_a_line_is_delivered_once(world: World, api: Api) -> None:
    maria = api("maria")
    order = place(maria, world.client_id("stoyanova"))
    path = f"/orders/{order['id']}/lines/{order['lines'][0]['id']}/deliver"
    json_of(maria.post(path, {}))
    before = world.everything()
    problem_of(maria.post(path, {}), 409, "already_delivered")
    assert world.everything() == before


@ON_SQLITE
def test_a_line_of_another_order_is_not_delivered(world: World, api: Api) -> None:
    maria = api("maria")
    order = place(maria, world.client_id("stoyanova"))
    other = place(maria, world.client_id("balkan.media"))
    before = world.everything()
    path = f"/orders/{order['id']}/lines/{other['lines'][0]['id']}/deliver"
    seen = problem_of(maria.post(path, {}), 404, "not_found")
    missing = maria.post(f"/orders/{order['id']}/lines/{MISSING}/deliver", {})
    assert seen == problem_of(missing, 404, "not_found")
    assert world.everything() == before


@ON_SQLITE
def test_delivering_needs_no_body(world: World, api: Api) -> None:
    maria = api("maria")
    order = place(maria, world.client_id("stoyanova"))
    path = f"/orders/{order['id']}/lines/{order['lines'][0]['id']}/deliver"
    json_of(send(maria, "POST", path, content_type=None))


# --- reading ------------------------------------------------------------------------------------


def test_get_and_head_change_nothing(world: World, api: Api) -> None:
    maria, client_id = api("maria"), world.client_id("stoyanova")
    order = place(maria, client_id)
    document = order["invoices"][0]["id"]
    json_of(api("owner").get(f"/invoices/{document}"))
    assert send(maria, "GET", f"/invoices/{document}.pdf").status_code == 200
    owner = api("owner")
    before = world.everything()
    paths = [
        "/me",
        "/providers",
        "/clients",
        f"/clients/{client_id}",
        f"/clients/{client_id}/balance",
        f"/clients/{client_id}/services",
        f"/clients/{client_id}/catalog",
        f"/clients/{client_id}/cart",
        f"/clients/{client_id}/orders",
        "/orders",
        f"/orders/{order['id']}",
        f"/orders/{order['id']}/invoices",
        f"/invoices/{document}",
        f"/invoices/{document}.pdf",
    ]
    for path in paths:
        read = send(owner, "GET", path, content_type=None)
        head = send(owner, "HEAD", path, content_type=None)
        assert (read.status_code, head.status_code) == (200, 200), path
        assert head.get_data() == b""
        assert head.content_type == read.content_type
    assert world.everything() == before


@ON_SQLITE
def test_a_percentage_of_an_order_is_exact(world: World, api: Api) -> None:
    order = place(api("olga"), world.client_id("romashka"), OBLAKO, **SEVER)
    assert order["totals"]["taxes"] == [
        {
            "percent": "22",
            "category": "S",
            "place": "RU",
            "base": rub("729.51"),
            "tax": rub("160.49"),
        }
    ]
    assert Decimal(order["lines"][0]["tax_percent"]) == 22
    assert order["totals"]["taxes_inside"] is True
