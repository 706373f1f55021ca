"""What comes in: bodies are read strictly, all mistakes are told at once, nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, WEB_START, basket, problem_of, send, wrong_fields
from tests.world import World

Api = Callable[[str], ApiClient]
OrdersPath = str


@pytest.fixture
def path(world: World) -> OrdersPath:
    """Where an order for ``stoyanova`` is placed."""
    return f"/clients/{world.client_id('stoyanova')}/orders"


@pytest.fixture
def maria(api: Api) -> ApiClient:
    return api("maria")


# --- what is no JSON ----------------------------------------------------------------------------

GOOD = '{"lines": [{"tariff": "web-start", "period": "1 month"}], "payment_method": "cash"}'


@ON_SQLITE
def test_the_good_body_of_these_tests_is_good(maria: ApiClient, path: OrdersPath) -> None:
    json_of(send(maria, "POST", path, GOOD), 201)


NO_JSON = (
    b"",
    b" ",
    b"{",
    b'{"lines": [',
    b"lines=1",
    GOOD.encode() + b"}",
    b"\xef\xbb\xbf" + GOOD.encode(),
    GOOD.encode("utf-16"),
    GOOD.replace("cash", "\xff").encode("latin-1"),
    b'{"note": "\\ud800"}',
    b'{"lines": [{"quantity": 01}]}',
    b"[" * 100_000,
    b'{"lines": [{"quantity": ' + b"9" * 5000 + b"}]}",
)


@ON_SQLITE
def test_what_is_no_json_is_malformed(world: World, maria: ApiClient, path: OrdersPath) -> None:
    before = world.everything()
    for body in NO_JSON:
        problem_of(send(maria, "POST", path, body), 400, "malformed")
    assert world.everything() == before


@ON_SQLITE
def test_r4_json_that_does_not_say_it_is_json_is_not_taken(
    world: World, maria: ApiClient, path: OrdersPath
) -> None:
    before = world.everything()
    for content_type in (
        None,
        "text/plain",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "text/json",
    ):
        answer = send(maria, "POST", path, GOOD, content_type=content_type)
        problem_of(answer, 415, "unsupported_media_type")
    assert world.everything() == before


@ON_SQLITE
def test_json_may_say_its_charset(maria: ApiClient, path: OrdersPath) -> None:
    answer = send(maria, "POST", path, GOOD, content_type="application/json; charset=utf-8")
    json_of(answer, 201)


@ON_SQLITE
def test_a_body_is_an_object(world: World, maria: ApiClient, path: OrdersPath) -> None:
    before = world.everything()
    for body in ("[]", "null", "1", '"lines"', "true", f"[{GOOD}]"):
        problem_of(send(maria, "POST", path, body), 422, "invalid")
    assert world.everything() == before


@ON_SQLITE
def test_a_body_that_is_too_large_is_not_read(
    app_with: Callable[..., Flask], world: World, maria: ApiClient, path: OrdersPath
) -> None:
    before = world.everything()
    caller = ApiClient(app_with(max_body_bytes=1000).test_client(), maria.token)
    answer = caller.post(path, basket(note="x" * 1000))
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"
    assert world.everything() == before


@ON_SQLITE
def test_reading_and_taking_out_need_no_body_and_take_none(
    world: World, api: Api, maria: ApiClient
) -> None:
    problem_of(send(maria, "GET", "/me", "{"), 400, "malformed")
    assert wrong_fields(send(maria, "GET", "/me", '{"as": "owner"}')) == [("as", "unknown_field")]
    stoyanova, client_id = api("stoyanova"), world.client_id("stoyanova")
    line_id = json_of(stoyanova.get(f"/clients/{client_id}/cart"))["items"][0]["id"]
    cart_line = f"/clients/{client_id}/cart/lines/{line_id}"
    before = world.everything()
    answer = send(stoyanova, "DELETE", cart_line, "x", content_type=None)
    problem_of(answer, 415, "unsupported_media_type")
    assert world.everything() == before
    json_of(send(stoyanova, "DELETE", cart_line, "{}"))


# --- fields -------------------------------------------------------------------------------------


QUANTITIES = """
    null true 1.5 1.0 "1" "１" [1] {} 0 -0 -1 100001 9223372036854775808 1e2 1e400 NaN Infinity
    -Infinity
"""


@ON_SQLITE
@pytest.mark.parametrize("end", ["orders", "quote"])
def test_a_quantity_is_a_whole_number_from_1_to_100000(
    world: World, maria: ApiClient, path: OrdersPath, end: str
) -> None:
    more = ', "payment_method": "cash"' if end == "orders" else ""
    before = world.everything()
    for quantity in QUANTITIES.split():
        line = f'{{"tariff": "web-start", "period": "1 month", "quantity": {quantity}}}'
        answer = send(maria, "POST", path.replace("orders", end), f'{{"lines": [{line}]{more}}}')
        assert [field for field, _ in wrong_fields(answer)] == ["lines.0.quantity"], quantity
    assert world.everything() == before


@ON_SQLITE
@pytest.mark.parametrize(("quantity", "counted"), [({}, 1), ({"quantity": 100_000}, 100_000)])
def test_an_absent_quantity_is_one(
    maria: ApiClient, path: OrdersPath, quantity: dict[str, int], counted: int
) -> None:
    (order,) = json_of(maria.post(path, basket({**WEB_START, **quantity})), 201)["orders"]
    assert order["lines"][0]["quantity"] == counted


@ON_SQLITE
def test_fields_nobody_knows_are_refused_wherever_they_stand(
    world: World, maria: ApiClient, path: OrdersPath
) -> None:
    line = {**WEB_START, "price": "0.01", "unit_price": "0.01", "discount": 100}
    body = basket(
        line,
        client_id=1,
        status="paid",
        total={"amount": "0.01", "currency": "EUR"},
        paid_at="2026-11-22",
        placed_by="owner",
        balance="1000000",
        role_id=1,
        delivery={"service": "speedy", "price": "0.00"},
    )
    before = world.everything()
    found = wrong_fields(maria.post(path, body))
    assert {code for _, code in found} == {"unknown_field"}
    assert sorted(field for field, _ in found) == [
        "balance",
        "client_id",
        "delivery.price",
        "lines.0.discount",
        "lines.0.price",
        "lines.0.unit_price",
        "paid_at",
        "placed_by",
        "role_id",
        "status",
        "total",
    ]
    assert world.everything() == before


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"lines": None}, "lines"),
    ({"lines": []}, "lines"),
    ({"lines": [WEB_START] * 101}, "lines"),
    ({"lines": "web-start"}, "lines"),
    ({"lines": [None]}, "lines.0"),
    ({"lines": [{}]}, "lines.0.tariff"),
    ({"lines": [{"tariff": None}]}, "lines.0.tariff"),
    ({"lines": [{"tariff": 1}]}, "lines.0.tariff"),
    ({"lines": [{**WEB_START, "options": []}]}, "lines.0.options"),
    ({"lines": [{**WEB_START, "pay_with": "shells"}]}, "lines.0.pay_with"),
    ({"lines": [{**WEB_START, "pay_with": None}]}, "lines.0.pay_with"),
    ({"payment_method": None}, "payment_method"),
    ({"payment_method": 1}, "payment_method"),
    ({"payment_method": ""}, "payment_method"),
    ({"note": None}, "note"),
    ({"note": "x" * 2001}, "note"),
    ({"delivery": "speedy"}, "delivery"),
    ({"delivery": {"address": "x" * 501}}, "delivery.address"),
    ({"expected_total": "5.88"}, "expected_total"),
    ({"expected_total": {"amount": 5.88, "currency": "EUR"}}, "expected_total.amount"),
    ({"expected_total": {"amount": "5.88"}}, "expected_total.currency"),
    ({"expected_points": "1"}, "expected_points"),
    ({"expected_points": True}, "expected_points"),
]


@ON_SQLITE
def test_each_wrong_field_is_named(world: World, maria: ApiClient, path: OrdersPath) -> None:
    before = world.everything()
    for change, field in WRONG:
        found = wrong_fields(maria.post(path, {**basket(), **change}))
        assert {name for name, _ in found} == {field}, change
    assert world.everything() == before


@ON_SQLITE
def test_a_missing_method_is_named(maria: ApiClient, path: OrdersPath) -> None:
    assert wrong_fields(maria.post(path, {"lines": [WEB_START]})) == [("payment_method", "missing")]


NO_MONEY = [
    ("", "EUR"),
    ("x", "EUR"),
    ("NaN", "EUR"),
    ("sNaN", "EUR"),
    ("-Infinity", "EUR"),
    ("1e400", "EUR"),
    ("5,88", "EUR"),
    ("5.881", "EUR"),
    (" 5.88", "EUR"),
    ("５.88", "EUR"),
    ("1_0", "EUR"),
    ("9" * 5000, "EUR"),
    ("5.88", "eur"),
    ("5.88", ""),
    ("5.88", "XXQ"),
    ("5.88", "€"),
]


@ON_SQLITE
def test_an_expected_total_is_an_exact_amount_of_a_known_currency(
    world: World, maria: ApiClient, path: OrdersPath
) -> None:
    before = world.everything()
    for amount, currency in NO_MONEY:
        body = basket(expected_total={"amount": amount, "currency": currency})
        assert wrong_fields(maria.post(path, body)) == [("expected_total", "invalid_amount")]
    assert world.everything() == before


@ON_SQLITE
def test_an_expected_total_has_no_decimals_too_many(
    world: World, maria: ApiClient, path: OrdersPath
) -> None:
    before = world.everything()
    amount = "5.88" + "0" * 30 + "1"
    answer = maria.post(path, basket(expected_total={"amount": amount, "currency": "EUR"}))
    assert wrong_fields(answer) == [("expected_total", "invalid_amount")]
    assert world.everything() == before


@ON_SQLITE
def test_points_that_nobody_can_have_are_another_price(
    world: World, maria: ApiClient, path: OrdersPath
) -> None:
    before = world.everything()
    for expected in (-1, 2**63, 10**40):
        answer = maria.post(path, basket(expected_points=expected))
        assert answer.status_code in {409, 422}
    assert world.everything() == before


@ON_SQLITE
def test_an_option_of_a_wrong_kind_is_named_once(maria: ApiClient, path: OrdersPath) -> None:
    line = {"tariff": "vps-pro-4", "period": "1 month", "options": {"ram": 1.5}}
    found = wrong_fields(maria.post(path, basket(line)))
    assert [field for field, _ in found] == ["lines.0.options.ram"]


@ON_SQLITE
def test_an_option_is_a_number_it_offers(world: World, maria: ApiClient, path: OrdersPath) -> None:
    wrong: list[Any] = [True, None, 2**63, 10**30, "16", -8, [], 12.0]
    before = world.everything()
    for value in wrong:
        line = {"tariff": "vps-pro-4", "period": "1 month", "options": {"ram": value}}
        found = wrong_fields(maria.post(path, basket(line)))
        assert all(field.startswith("lines.0.options.ram") for field, _ in found), value
    assert world.everything() == before


# --- what a database cannot hold ----------------------------------------------------------------


def test_a_nul_in_a_body_is_no_mistake_of_ours(
    world: World, maria: ApiClient, path: OrdersPath
) -> None:
    before = world.everything()
    for change in ({"provider": "\0"}, {"note": "a\0b"}, {"lines": [{"tariff": "\0"}]}):
        assert maria.post(path, {**basket(), **change}).status_code in {400, 404, 422}
    assert world.everything() == before


def test_a_nul_in_an_address_is_no_mistake_of_ours(maria: ApiClient) -> None:
    for address, name in (
        ("/clients", "login"),
        ("/clients", "query"),
        ("/orders", "query"),
        ("/orders", "status"),
    ):
        assert maria.get(address, **{name: "\0"}).status_code in {200, 400, 422}


@ON_SQLITE
def test_a_note_is_kept_as_it_was_written(maria: ApiClient, path: OrdersPath) -> None:
    for note in ("Ж" * 2000, "🙂" * 100, "\u202e", "'; DROP TABLE orders; --", " \t\n"):
        (order,) = json_of(maria.post(path, basket(note=note)), 201)["orders"]
        assert json_of(maria.get(f"/orders/{order['id']}"))["note"] == note


# --- addresses ----------------------------------------------------------------------------------


@ON_SQLITE
@pytest.mark.parametrize("name", ["limit", "cursor"])
def test_a_page_is_asked_for_by_whole_numbers(
    maria: ApiClient, path: OrdersPath, name: str
) -> None:
    for written in ("", "0", "-1", "+1", "1.5", "x", "１", "1e2", " 1", "9" * 5000):
        for address in ("/clients", "/orders", path):
            assert wrong_fields(maria.get(address, **{name: written})) == [(name, "number")]


@ON_SQLITE
def test_a_page_has_at_most_200_rows_after_an_id_that_can_be(maria: ApiClient) -> None:
    for name, written in (
        ("limit", "201"),
        ("limit", "0" * 19 + "10000"),
        ("cursor", str(2**63)),
        ("cursor", "0" * 19 + "1" + "9" * 25),
    ):
        assert wrong_fields(maria.get("/clients", **{name: written})) == [(name, "number")]


@ON_SQLITE
def test_posting_below_a_client_who_is_not_there_is_not_found(world: World, api: Api) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "orders": basket(),
        "quote": {"lines": [WEB_START]},
        "cart/checkout": {"line_ids": [1], "payment_method": "cash"},
        "cart/lines": WEB_START,
    }
    owner = api("owner")
    before = world.everything()
    for number in ("0", "-1", "x", MISSING, 2**63 - 1):
        for end, body in bodies.items():
            problem_of(owner.post(f"/clients/{number}/{end}", body), 404, "not_found")
    assert world.everything() == before


@ON_SQLITE
def test_each_mistake_says_how_to_fix_it_in_the_readers_language(
    maria: ApiClient, path: OrdersPath
) -> None:
    """No word of the library that reads bodies reaches anybody."""
    body = {
        "lines": [{"period": "1 month", "quantity": "2"}, {"tariff": 5, "quantity": 0}],
        "payment_method": "x" * 5_000,
        "as": "owner",
        "terms": {"text": "x"},
    }
    told = mistakes_of(maria.post(path, body))
    assert told["lines.0.tariff"] == "Add this field: it is required."
    assert told["lines.0.quantity"] == "Use a whole number, without quotes."
    assert told["lines.1.tariff"] == "Use a text, in quotes."
    assert told["lines.1.quantity"] == "Use 1 or more."
    assert told["as"] == "There is no such field here: correct its name or leave it out."
    for language in ("ru", "bg"):
        there = mistakes_of(maria.post(path, body, **{"Accept-Language": language}))
        assert there.keys() == told.keys()
        assert not set(there.values()) & set(told.values())


def mistakes_of(answer: TestResponse) -> dict[str, str]:
    problem = problem_of(answer, 422, "invalid")
    return {one["field"]: one["message"] for one in problem["errors"]}
