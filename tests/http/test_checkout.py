"""The client's checkout: the total shown is the total placed, terms, splitting, paying at once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Price
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order
from tests.api import ApiClient, json_of
from tests.businesses import CLIENT, PROVIDER, opened
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, elements, field
from tests.world import World

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("in_english")]

Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]
CHECKOUT = "/checkout/nordvik"


def place(client: Visitor, path: str, **typed: str) -> TestResponse:
    """Press *Place order* on the page as it is shown."""
    page = client.get(path)
    assert page.status_code == 200, page.text
    names = ("csrf_token", "request_key", "expected_total", "expected_points")
    sent = MultiDict({name: field(page, name) for name in names})
    lines = [e.attributes["value"] for e in elements(page) if e.attributes.get("name") == "line"]
    sent.setlist("line", lines)
    chosen = {"payment_method": "bank_transfer", "delivery_service": "speedy", "do": "place"}
    sent.update({**chosen, **typed})
    return client.http.post(path, data=sent)


def orders_of(world: World, login: str) -> list[Order]:
    with world.database.reading() as session:
        found = select(Order).filter_by(client_id=world.client_id(login)).order_by(Order.id)
        return [*session.scalars(found)]


def test_what_can_be_ordered_becomes_an_order_and_the_rest_stays(
    world: World, visit: Visit
) -> None:
    client = visit("stoyanova")
    placed = place(client, CHECKOUT, note="Call first")
    (order,) = orders_of(world, "stoyanova")
    assert (placed.status_code, placed.location) == (303, f"/orders/{order.id}")
    assert (order.placed_by_kind.value, order.note, order.points) == ("client", "Call first", 3800)
    with world.database.reading() as session:
        left = session.scalars(select(CartLine).filter_by(client_id=order.client_id)).all()
        assert [line.tariff.key for line in left] == ["gpu-a16"]
    # H7: its bill is there at once
    assert "Print invoice" in client.get(f"/orders/{order.id}").text


def test_a_repeated_press_places_nothing_more(world: World, visit: Visit) -> None:
    client = visit("stoyanova")
    page = client.get(CHECKOUT)
    names = ("csrf_token", "request_key", "expected_total", "expected_points")
    sent: Any = MultiDict({name: field(page, name) for name in names})
    lines = [e.attributes["value"] for e in elements(page) if e.attributes.get("name") == "line"]
    sent.setlist("line", lines)
    chosen = {"payment_method": "bank_transfer", "delivery_service": "speedy", "do": "place"}
    sent.update(chosen)
    first, second = (client.http.post(CHECKOUT, data=sent) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert len(orders_of(world, "stoyanova")) == 1


def test_a_changed_price_is_shown_and_asked_again(world: World, visit: Visit) -> None:
    client = visit("stoyanova")
    page = client.get(CHECKOUT)
    with world.database.writing() as session:
        for price in session.scalars(select(Price).where(Price.amount == 9580)):
            price.amount = 9900
    names = ("csrf_token", "request_key", "expected_total", "expected_points")
    sent = MultiDict({name: field(page, name) for name in names})
    lines = [e.attributes["value"] for e in elements(page) if e.attributes.get("name") == "line"]
    sent.setlist("line", lines)
    chosen = {"payment_method": "bank_transfer", "delivery_service": "speedy", "do": "place"}
    sent.update(chosen)
    before = world.everything()
    refused = client.http.post(CHECKOUT, data=sent)
    assert refused.status_code == 409
    assert "The price has changed" in refused.text
    assert world.everything() == before


def test_m2_the_cart_of_romashka_is_shown_and_placed_as_three_orders(
    world: World, visit: Visit
) -> None:
    client = visit("romashka")
    page = client.get("/checkout/sever").text
    assert "Order 1 of 2" in page
    assert "Order 2 of 2" in page
    assert place(client, "/checkout/sever", delivery_service="cdek").location == "/my/orders"
    assert place(client, CHECKOUT).status_code == 303
    providers = [order.provider_id for order in orders_of(world, "romashka")]
    assert len(providers) == 3
    assert len(set(providers)) == 2
    active = client.get("/my/orders").text
    assert all(f"№ {order.number}" in active for order in orders_of(world, "romashka"))
    assert "№ 1" not in client.get("/my/history").text


def test_the_balance_pays_at_once_where_it_was_chosen(world: World, visit: Visit, api: Api) -> None:
    path = f"/clients/{world.client_id('stoyanova')}"
    for line in json_of(api("stoyanova").get(f"{path}/cart"))["items"]:
        json_of(api("stoyanova").delete(f"{path}/cart/lines/{line['id']}"))
    json_of(
        api("stoyanova").post(f"{path}/cart/lines", {"tariff": "web-start", "period": "1 month"}),
        201,
    )
    assert place(visit("stoyanova"), CHECKOUT, payment_method="balance").status_code == 303
    (order,) = orders_of(world, "stoyanova")
    assert (order.paid, order.left) == (588, 0)


def test_terms_are_accepted_with_their_version_and_time(world: World, visit: Visit) -> None:
    terms = {
        "terms_titles": {"en": "Terms of service"},
        "terms_url": "https://nordvik.example/terms",
        "terms_version": "2026-11",
    }
    world.change(Provider, {"key": "nordvik"}, **terms)
    client = visit("stoyanova")
    before = world.everything()
    refused = place(client, CHECKOUT, terms="2026-11")
    assert refused.status_code == 422
    assert "Read and accept the terms, version 2026-11." in refused.text
    old = place(client, CHECKOUT, terms="2025-01", accepted="y")
    assert old.status_code == 422
    assert world.everything() == before
    assert place(client, CHECKOUT, terms="2026-11", accepted="y").status_code == 303
    (order,) = orders_of(world, "stoyanova")
    assert (order.terms_version, order.terms_accepted_at) == ("2026-11", world.clock.now())


def test_d5_a_counter_asks_for_no_method_before_it_is_paid(
    world: World, visit: Visit, api: Api
) -> None:
    desk = opened(world, "desk")
    path = f"/clients/{desk.client_id}/cart/lines"
    json_of(api(CLIENT).post(path, {"tariff": "hosting", "period": "1 month"}), 201)
    client, checkout = visit(CLIENT), f"/checkout/{PROVIDER}"
    page = client.get(checkout).text
    assert "Choose when paying" in page
    assert "Send order" in page
    assert place(client, checkout, payment_method="", delivery_service="").status_code == 303
    (order,) = orders_of(world, CLIENT)
    assert (order.payment_method_id, order.paid) == (None, 0)
    assert "chosen when paying" in client.get(f"/orders/{order.id}").text


def test_a_workflow_that_needs_a_method_asks_for_it(world: World, api: Api) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    lines = [{"tariff": "web-start", "period": "1 month"}]
    caller = api("stoyanova")
    before = world.everything()
    for body in ({"lines": lines}, {"lines": lines, "payment_method": None}):
        problem = json_of(caller.post(path, body), 422)
        assert [error["field"] for error in problem["errors"]] == ["payment_method"]
    assert world.everything() == before


def test_an_order_again_says_what_has_changed(world: World, visit: Visit, api: Api) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/orders"
    body = {"lines": [{"tariff": "web-start", "period": "1 month"}], "payment_method": "cash"}
    (order,) = json_of(api("stoyanova").post(path, body), 201)["orders"]
    with world.database.writing() as session:
        for price in session.scalars(select(Price).where(Price.amount == 490)):
            price.amount = 590
    client = visit("stoyanova")
    assert "Order again" in client.get(f"/orders/{order['id']}").text
    assert client.send(f"/orders/{order['id']}/again").location == "/cart"
    page = client.get("/cart").text
    assert "The price has changed:" in page
    assert "€5.90" in page
