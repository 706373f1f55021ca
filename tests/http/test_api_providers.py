"""POST /providers, GET and PATCH /providers/{key}, its logo: by the actions of the page."""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from billing_panel.accounts.companies.provider_models import Provider
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import eur, problem_of, wrong_fields
from tests.world import World, hold_only

Api = Callable[[str], ApiClient]

NEW = {
    "key": "third",
    "name": " Third ",
    "legal_name": "Third OOD",
    "country": "BG",
    "vat_number": "BG204512345",
    "address": "1 Main St",
    "city": "Sofia",
    "currency": "EUR",
    "points_for": {"amount": "2.50", "currency": "EUR"},
    "tax_rates": [{"tax_class": "standard", "since": "2026-01-01", "percent": "20.0"}],
    "payment_methods": [{"kind": "cash", "client_may_choose": False}],
    "delivery_services": [
        {
            "key": "courier",
            "titles": {"en": "Courier", "bg": ""},
            "price": "4.20",
            "tax_class": "standard",
        }
    ],
}


def test_whoever_adds_a_provider_works_for_it(world: World, api: Api) -> None:
    hold_only(world, "georgi", "providers:provider:create", "providers:provider:change")
    georgi = api("georgi")
    added = json_of(georgi.post("/providers", NEW), 201)
    assert (added["key"], added["name"], added["currency"]) == ("third", "Third", "EUR")
    assert added["points_for"] == eur("2.50")
    assert added["tax_rates"] == [{"tax_class": "standard", "since": "2026-01-01", "percent": "20"}]
    assert added["payment_methods"] == [
        {
            "kind": "cash",
            "client_may_choose": False,
            "staff_may_take": True,
            "gateway": None,
        }
    ]
    (courier,) = added["delivery_services"]
    assert (courier["titles"], courier["price"]) == ({"en": "Courier"}, eur("4.20"))
    assert json_of(georgi.get("/providers/third")) == added
    listed = [row["key"] for row in json_of(georgi.get("/providers"))["items"]]
    assert listed == ["nordvik", "third"]


def test_what_is_sent_is_changed_and_all_else_stays(api: Api) -> None:
    owner = api("owner")
    before = json_of(owner.get("/providers/nordvik"))
    change = {"phone": "+359 2 000 000", "clients_may_order": False, "points_for": "3"}
    after = json_of(owner.patch("/providers/nordvik", change))
    assert after["version"] != before["version"]
    assert after == {
        **before,
        "phone": "+359 2 000 000",
        "clients_may_order": False,
        "points_for": eur("3.00"),
        "version": after["version"],
    }
    changed_back = {name: before[name] for name in ("phone", "clients_may_order", "points_for")}
    # what is the same again has the version it had
    assert json_of(owner.patch("/providers/nordvik", changed_back)) == before


def test_a_list_that_is_sent_stands_in_for_the_whole_one(api: Api) -> None:
    owner = api("owner")
    before = json_of(owner.get("/providers/nordvik"))
    methods = [{"kind": "balance"}, {"kind": "cash", "client_may_choose": False}]
    after = json_of(owner.patch("/providers/nordvik", {"payment_methods": methods}))
    assert [one["kind"] for one in after["payment_methods"]] == ["balance", "cash"]
    assert after["tax_rates"] == before["tax_rates"] != []
    # what was answered may be sent as it is
    rates = json_of(owner.patch("/providers/nordvik", {"tax_rates": after["tax_rates"]}))
    assert rates == after


REFUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"currency": "USD"}, [("currency", "settled")]),
    ({"key": "other"}, [("key", "settled")]),
    ({"tax_rates": []}, [("delivery_services.0.tax_class", "unknown_tax_class")]),
    ({"country": "bg"}, [("country", "country")]),
    ({"series_fiscal": "no number"}, [("series_fiscal", "series")]),
    ({"points_for": "a lot"}, [("points_for", "invalid_amount")]),
    ({"registration_group": "nobody"}, [("registration_group", "unknown")]),
    ({"terms_titles": {"de": "AGB"}}, [("terms_titles", "language")]),
    ({"invoices_since": "tomorrow"}, [("invoices_since", "day")]),
    ({"payment_terms_days": "14"}, [("payment_terms_days", "int_type")]),
    ({"invoice_time": "never"}, [("invoice_time", "enum")]),
    (
        {"tax_rates": [{"tax_class": "standard", "since": "2026-01-01", "percent": 20}]},
        [("tax_rates.0.percent", "percent")],
    ),
    ({"secret_key": "sk_1"}, [("secret_key", "unknown_field")]),
    ({"payment_methods": [{"kind": "card_gateway", "gateway": "nobodys"}]}, []),
]


@pytest.mark.parametrize(("body", "wrong"), REFUSED)
def test_what_is_wrong_is_told_at_its_field_and_nothing_changes(
    world: World, api: Api, body: dict[str, Any], wrong: list[tuple[str, str]]
) -> None:
    owner = api("owner")
    before = world.everything()
    found = wrong_fields(owner.patch("/providers/nordvik", body))
    assert found
    assert set(wrong) <= set(found)
    assert world.everything() == before


@ON_SQLITE
def test_a_new_provider_needs_what_the_description_says(world: World, api: Api) -> None:
    owner = api("owner")
    before = world.everything()
    assert {field for field, _ in wrong_fields(owner.post("/providers", {"name": "Third"}))} == {
        "key",
        "legal_name",
        "country",
        "address",
        "currency",
    }
    assert ("key", "taken") in wrong_fields(owner.post("/providers", {**NEW, "key": "nordvik"}))
    assert world.everything() == before


def test_a_stale_version_is_told_with_what_is_there_now(world: World, api: Api) -> None:
    owner = api("owner")
    seen = json_of(owner.get("/providers/nordvik"))["version"]
    now = json_of(owner.patch("/providers/nordvik", {"phone": "1", "version": seen}))
    before = world.everything()
    refusal = problem_of(
        owner.patch("/providers/nordvik", {"phone": "2", "version": seen}), 409, "stale_version"
    )
    assert refusal["current"] == now
    by_header = owner.patch("/providers/nordvik", {"phone": "2"}, If_Match=f'"{seen}"')
    problem_of(by_header, 409, "stale_version")
    assert world.everything() == before


def test_another_provider_does_not_exist(world: World, api: Api) -> None:
    hold_only(world, "georgi", "providers:provider:change")
    georgi = api("georgi")
    before = world.everything()
    for key in ("sever", "nobody"):
        problem_of(georgi.get(f"/providers/{key}"), 404, "not_found")
        problem_of(georgi.patch(f"/providers/{key}", {"phone": "1"}), 404, "not_found")
        problem_of(georgi.delete(f"/providers/{key}/pictures/logo"), 404, "not_found")
    assert world.everything() == before


def picture(kind: str = "JPEG") -> str:
    drawn = BytesIO()
    Image.new("RGB", (8, 6), "red").save(drawn, format=kind)
    return b64encode(drawn.getvalue()).decode()


@ON_SQLITE
def test_a_logo_is_drawn_anew_shown_and_taken_away(api: Api) -> None:
    owner, path = api("owner"), "/providers/nordvik/pictures/logo"
    # a repeated request is the same request
    for _ in range(2):
        put = owner.put(path, {"picture": picture()}, Idempotency_Key="one")
        assert json_of(put)["has_logo"]
    shown = owner.get("/providers/nordvik/pictures/logo.png")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    assert Image.open(BytesIO(shown.data)).size == (8, 6)
    assert not json_of(owner.delete(path))["has_logo"]
    problem_of(owner.get("/providers/nordvik/pictures/logo.png"), 404, "not_found")


@ON_SQLITE
def test_what_is_no_picture_is_refused(world: World, api: Api) -> None:
    owner, path = api("owner"), "/providers/nordvik/pictures/logo"
    before = world.everything()
    for written, code in (("§", "base64"), ("AAAA", "picture"), (picture("BMP"), "picture")):
        answer = owner.put(path, {"picture": written})
        assert wrong_fields(answer) == [("picture", code)]
    assert world.everything() == before
    world.change(Provider, {"key": "nordvik"}, logo=None)
