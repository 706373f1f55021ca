"""The ordering module, on or off for each provider (D1), and products not for self-service (D2)."""

from collections.abc import Callable
from typing import Any

import pytest

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from tests.api import ApiClient, json_of
from tests.http.visitor import Visitor
from tests.world import World

Api = Callable[[str], ApiClient]
WEB = {"tariff": "web-start", "period": "1 month"}
BY_TRANSFER = {"payment_method": "bank_transfer"}
Asked = tuple[str, str, dict[str, Any] | None]


def asked(own: str, line_id: int) -> dict[str, Asked]:
    """Every route by which a client orders or fills a cart."""
    return {
        "catalogue": ("get", f"{own}/catalog", None),
        "quote": ("post", f"{own}/quote", {"lines": [WEB]}),
        "order": ("post", f"{own}/orders", {"lines": [WEB], **BY_TRANSFER}),
        "cart": ("get", f"{own}/cart", None),
        "put in": ("post", f"{own}/cart/lines", WEB),
        "change": ("patch", f"{own}/cart/lines/{line_id}", {"quantity": 2}),
        "take out": ("delete", f"{own}/cart/lines/{line_id}", None),
        "checkout": ("post", f"{own}/cart/checkout", {"line_ids": [line_id], **BY_TRANSFER}),
    }


def status(client: ApiClient, asked_for: Asked) -> int:
    method, path, body = asked_for
    send = getattr(client, method)
    answer = send(path) if body is None else send(path, body)
    return int(answer.status_code)


@pytest.mark.every_case
def test_d1_off_a_client_orders_by_no_route_and_staff_still_do(world: World, api: Api) -> None:
    own = f"/clients/{world.client_id('stoyanova')}"
    client, owner = api("stoyanova"), api("owner")
    (line, *_) = client.get(f"{own}/cart").get_json()["items"]
    world.change(Provider, {"key": "nordvik"}, clients_may_order=False)
    before = world.everything()
    for what, request in asked(own, line["id"]).items():
        assert status(client, request) == 404, what
    assert client.get(f"{own}/cart", provider="nordvik").status_code == 404
    assert world.everything() == before
    for what, request in asked(own, line["id"]).items():
        if what not in {"take out", "checkout"}:
            assert status(owner, request) in {200, 201}, what


def test_d1_of_two_providers_the_one_that_is_on_stays(world: World, api: Api) -> None:
    own = f"/clients/{world.client_id('romashka')}"
    client = api("romashka")
    there = {line["provider"] for line in client.get(f"{own}/cart").get_json()["items"]}
    assert there == {"nordvik", "sever"}
    world.change(Provider, {"key": "sever"}, clients_may_order=False)
    left = client.get(f"{own}/cart").get_json()["items"]
    assert {line["provider"] for line in left} == {"nordvik"}
    assert client.get(f"{own}/cart", provider="sever").status_code == 404
    assert client.get(f"{own}/catalog", provider="nordvik").status_code == 200


def test_d1_what_was_ordered_before_is_still_seen(world: World, api: Api) -> None:
    client, own = api("stoyanova"), f"/clients/{world.client_id('stoyanova')}"
    placed = client.post(f"{own}/orders", {"lines": [WEB], **BY_TRANSFER})
    (order,) = placed.get_json()["orders"]
    world.change(Provider, {"key": "nordvik"}, clients_may_order=False)
    assert client.get(f"/orders/{order['id']}").status_code == 200
    assert [o["id"] for o in client.get(f"{own}/orders").get_json()["items"]] == [order["id"]]


@pytest.mark.every_case
def test_d2_what_is_not_for_self_service_binds_the_clients_tokens_alone(
    world: World, api: Api
) -> None:
    own = f"/clients/{world.client_id('stoyanova')}"
    client, maria = api("stoyanova"), api("maria")
    world.change(Tariff, {"key": "web-start"}, self_service=False)
    asked_for = client.post(f"{own}/quote", {"lines": [WEB]}).get_json()
    assert [reason["code"] for reason in asked_for["lines"][0]["reasons"]] == ["not_self_service"]
    put_in = json_of(api("owner").post(f"{own}/cart/lines", WEB), 201)
    before = world.everything()
    by_cart = {"line_ids": [put_in["id"]], **BY_TRANSFER}
    for path, body in (
        ("cart/lines", WEB),
        ("orders", {"lines": [WEB], **BY_TRANSFER}),
        ("cart/checkout", by_cart),
    ):
        answer = client.post(f"{own}/{path}", body)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "not_orderable")
    assert world.everything() == before
    assert maria.post(f"{own}/cart/checkout", by_cart).status_code == 201
    assert maria.post(f"{own}/orders", {"lines": [WEB], **BY_TRANSFER}).status_code == 201


def test_the_pages_of_provider_and_tariff_have_the_switches(visit: Callable[..., Visitor]) -> None:
    owner = visit("owner")
    provider = owner.get("/providers/nordvik").text
    assert 'name="clients_may_order"' in provider
    assert 'name="shop_window_open"' in provider
    assert 'name="self_service"' in owner.get("/tariffs/1").text
