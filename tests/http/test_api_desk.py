"""The API of staff's lists and first page: what waits, the bar, views, bills, payments."""

from collections.abc import Callable
from typing import Any

import pytest

from plugins.orders.listing.change_list_settings import MOST_VIEWS
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import MISSING, all_pages, eur, place, problem_of, wrong_fields
from tests.world import World, hold_only

pytestmark = ON_SQLITE
Api = Callable[[str], ApiClient]

VIEWS, COLUMNS = "/orders/views", "/orders/columns"
VIEW = {"name": "To be paid", "filters": {"payment": "unpaid"}}


@pytest.fixture
def order(world: World, api: Api) -> Any:
    return place(api("owner"), world.client_id("stoyanova"))


def test_a_view_is_kept_renamed_and_deleted(world: World, api: Api) -> None:
    maria, petar = api("maria"), api("petar")
    made = json_of(maria.post(VIEWS, VIEW), 201)
    assert {**made, **VIEW} == made
    again = json_of(maria.post(VIEWS, {**VIEW, "filters": {"stage": "active"}}), 201)
    assert again == {**made, "filters": {"stage": "active"}}
    one = f"{VIEWS}/{made['id']}"
    renamed = json_of(maria.patch(one, {"name": "Today"}))
    assert renamed == {**again, "name": "Today"}
    assert json_of(maria.get(VIEWS))["items"] == [renamed]
    other = json_of(maria.post(VIEWS, VIEW), 201)
    before = world.everything()
    assert wrong_fields(maria.patch(f"{VIEWS}/{other['id']}", {"name": "TODAY"})) == [
        ("name", "taken")
    ]
    assert wrong_fields(maria.post(VIEWS, {"name": " ", "filters": {}})) == [("name", "required")]
    assert wrong_fields(maria.post(VIEWS, {"name": "x", "filters": {"colour": "red"}})) == [
        ("filters.colour", "unknown_filter")
    ]
    for address in (made["id"], MISSING):
        problem_of(petar.patch(f"{VIEWS}/{address}", {"name": "-"}), 404, "not_found")
        problem_of(petar.delete(f"{VIEWS}/{address}"), 404, "not_found")
    assert json_of(petar.get(VIEWS))["items"] == []
    assert world.everything() == before
    assert json_of(maria.delete(one)) == {"id": made["id"]}
    assert json_of(maria.get(VIEWS))["items"] == [other]


def test_nobody_keeps_more_views_than_can_be_chosen_from(world: World, api: Api) -> None:
    maria = api("maria")
    for number in range(MOST_VIEWS):
        json_of(maria.post(VIEWS, {"name": f"View {number}", "filters": {}}), 201)
    before = world.everything()
    problem_of(maria.post(VIEWS, VIEW), 422, "too_many_views")
    assert world.everything() == before


def test_columns_are_chosen(world: World, api: Api) -> None:
    maria = api("maria")
    now = json_of(maria.get(COLUMNS))
    assert set(now["columns"]) < set(now["offered"])
    assert json_of(maria.put(COLUMNS, {"columns": ["total", "client"]})) == {
        "columns": ["client", "total"],
        "offered": now["offered"],
    }
    before = world.everything()
    assert wrong_fields(maria.put(COLUMNS, {"columns": ["colour"]})) == [
        ("column", "unknown_column")
    ]
    assert world.everything() == before
    client = api("stoyanova")
    for path in (VIEWS, COLUMNS, "/orders/bar"):
        assert client.get(path).status_code in {403, 404}


def test_what_waits_is_counted_and_stands_in_the_bar(api: Api, order: Any) -> None:
    owner, client = api("owner"), api("stoyanova")
    to_pay = json_of(client.get("/orders/waiting"))["items"]
    assert {"payment": "unpaid"} in [one["filters"] for one in to_pay]
    assert all(one["count"] > 0 for one in json_of(owner.get("/orders/waiting"))["items"])
    bar = json_of(owner.get("/orders/bar"))
    assert bar["more"] is False
    assert all(one["number"] for one in bar["items"])
    assert order["id"] not in [one["id"] for one in bar["items"] if not one["steps"]]


def test_bills_are_asked_for_printed_and_downloaded(world: World, api: Api, order: Any) -> None:
    owner = api("owner")
    made = json_of(owner.post("/orders/bills", {"orders": [order["id"], MISSING]}), 202)
    assert (made["total"], made["printed"], made["finished_at"]) == (1, 0, None)
    assert [(one["order_id"], one["code"]) for one in made["without"]] == [(MISSING, "unknown")]
    one = f"/documents/files/{made['id']}"
    assert json_of(owner.get(one)) == made
    problem_of(owner.get(f"{one}.pdf"), 404, "not_found")
    before = world.everything()
    hold_only(world, "olga", *world.panel.known)
    for path in (one, f"{one}.pdf"):
        problem_of(api("maria").get(path), 404, "not_found")
    problem_of(owner.post("/orders/bills", {"orders": [MISSING]}), 404, "not_found")
    assert wrong_fields(owner.post("/orders/bills", {"orders": []})) == [("orders", "too_short")]
    assert world.everything()["document_bundle"] == before["document_bundle"]


def test_payments_are_listed_and_narrowed(world: World, api: Api, order: Any) -> None:
    owner = api("owner")
    path = f"/orders/{order['id']}/payments"
    for reference in ("till 7", "till 8"):
        body = {"method": "cash", "amount": "1.00", "reference": reference}
        json_of(owner.post(path, body), 201)
    rows = [row for page in all_pages(owner, "/payments", limit=1) for row in page]
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    eight, seven = [row for row in rows if row["order_id"] == order["id"]]
    assert (seven["reference"], seven["amount"], seven["state"]) == (
        "till 7",
        eur("1.00"),
        "received",
    )
    query = {"query": "till 8", "state": "received", "method": "cash", "provider": "nordvik"}
    assert json_of(owner.get("/payments", **query))["items"] == [eight]
    assert json_of(owner.get("/payments", query=order["number"]))["items"] == [eight, seven]
    assert json_of(owner.get("/payments", to="2020-01-01"))["items"] == []
    assert wrong_fields(owner.get("/payments", state="lost")) == [("state", "unknown_state")]
    assert wrong_fields(owner.get("/payments", **{"from": "soon"})) == [("from", "day")]
    assert wrong_fields(owner.get("/payments", query="x" * 201)) == [("query", "string_too_long")]
    assert wrong_fields(owner.get("/payments", order="7")) == [("order", "unknown_field")]
    hold_only(world, "olga", *world.panel.known)
    olga = api("olga")
    assert order["id"] not in [row["order_id"] for row in json_of(olga.get("/payments"))["items"]]
    assert wrong_fields(olga.get("/payments", provider="nordvik")) == [
        ("provider", "unknown_provider")
    ]


def test_the_list_has_every_filter_of_its_page(api: Api, order: Any) -> None:
    owner = api("owner")
    status = f"nordvik.{order['status']}"
    mine = {"client": "stoyanova", "tariff": "web-start", "person": "owner", "placed_by": "staff"}
    for query in (mine, {"status": status}, {"stage": "active"}, {"age": "day"}):
        found = json_of(owner.get("/orders", limit=200, **query))["items"]
        assert order["id"] in [one["id"] for one in found], query
    for query in (
        {"client": "balkan.media"},
        {"person": "maria"},
        {"age": "over_month"},
        {"stage": "ended"},
        {"payment": "overdue"},
        {"tariff": "gpu-a16"},
    ):
        found = json_of(owner.get("/orders", limit=200, **query))["items"]
        assert order["id"] not in [one["id"] for one in found], query
    whole = json_of(owner.get("/orders", limit=200, stage="active"))["items"]
    pages = all_pages(owner, "/orders", limit=2, stage="active")
    assert [row["id"] for page in pages for row in page] == [row["id"] for row in whole]
    wrong = {"client": "nobody", "stage": "lately", "status": "nordvik.nothing"}
    assert sorted(wrong_fields(owner.get("/orders", **wrong))) == [
        ("client", "unknown_client"),
        ("stage", "unknown_filter"),
        ("status", "unknown_status"),
    ]
    assert wrong_fields(api("stoyanova").get("/orders", person="maria")) == [
        ("person", "unknown_filter")
    ]
