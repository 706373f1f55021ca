"""Staff send a cart to its client, who approves it with one click (D2)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from plugins.shop.cart.cart_approval_row import CartRequest
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.test_checkout import orders_of
from tests.http.visitor import Visitor, field
from tests.world import World

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("in_english")]

Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]


def only(world: World, api: Api, tariff: str) -> str:
    """The cart of stoyanova holds this alone, put there by staff; its address for staff."""
    path = f"/clients/{world.client_id('stoyanova')}/cart"
    owner = api("owner")
    for line in json_of(owner.get(path))["items"]:
        json_of(owner.delete(f"{path}/lines/{line['id']}"))
    json_of(owner.post(f"{path}/lines", {"tariff": tariff, "period": "1 month"}), 201)
    return f"{path}/nordvik/send"


def approve(client: Visitor) -> Callable[[], int]:
    page = client.get("/cart")
    assert "asks you to approve this cart" in page.text
    names = ("csrf_token", "expected_total", "expected_points", "terms")
    sent = {name: field(page, name) for name in names}
    return lambda: client.http.post("/cart/nordvik/approve", data=sent).status_code


def test_approving_places_what_the_client_may_order(world: World, visit: Visit, api: Api) -> None:
    send = only(world, api, "web-start")
    assert visit("maria").send(send, payment_method="bank_transfer").status_code == 303
    press = approve(visit("stoyanova"))
    assert press() == 303
    (order,) = orders_of(world, "stoyanova")
    assert order.placed_by_kind.value == "client"
    # once
    assert press() == 422
    assert len(orders_of(world, "stoyanova")) == 1


def test_only_terms_that_were_shown_are_accepted_by_approving(
    world: World, visit: Visit, api: Api
) -> None:
    send = only(world, api, "web-start")
    terms = {"terms_titles": {"en": "Terms"}, "terms_url": "https://nordvik.example/terms"}
    world.change(Provider, {"key": "nordvik"}, terms_version="2026-1", **terms)
    assert visit("maria").send(send, payment_method="bank_transfer").status_code == 303
    press = approve(visit("stoyanova"))
    world.change(Provider, {"key": "nordvik"}, terms_version="2026-2")
    before = world.everything()
    assert press() == 422
    assert world.everything() == before
    assert approve(visit("stoyanova"))() == 303
    (order,) = orders_of(world, "stoyanova")
    assert order.terms_version == "2026-2"


def test_what_only_staff_may_order_is_approved_and_placed_by_staff(
    world: World, visit: Visit, api: Api
) -> None:
    send = only(world, api, "nas-storage")
    assert visit("maria").send(send).status_code == 303
    assert approve(visit("stoyanova"))() == 303
    assert orders_of(world, "stoyanova") == []
    page = visit("maria").get(f"/clients/{world.client_id('stoyanova')}/cart").text
    assert "Approved on" in page


def test_a_cart_that_was_changed_since_is_not_approved(
    world: World, visit: Visit, api: Api
) -> None:
    send = only(world, api, "web-start")
    assert visit("maria").send(send).status_code == 303
    press = approve(visit("stoyanova"))
    path = f"/clients/{world.client_id('stoyanova')}/cart/lines"
    json_of(api("owner").post(path, {"tariff": "web-start", "period": "1 month"}), 201)
    before = world.everything()
    assert press() == 409
    assert world.everything() == before
    assert "has been changed since" in visit("stoyanova").get("/cart").text


def test_clients_send_nothing_and_staff_approve_nothing(
    world: World, visit: Visit, api: Api
) -> None:
    send = only(world, api, "web-start")
    assert visit("maria").send(send).status_code == 303
    client, maria = visit("stoyanova"), visit("maria")
    tokens = client.token("/cart"), maria.token("/")
    before = world.everything()
    assert client.http.post(send, data={"csrf_token": tokens[0]}).status_code == 404
    refused = maria.http.post("/cart/nordvik/approve", data={"csrf_token": tokens[1]})
    assert refused.status_code == 404
    with world.database.reading() as session:
        assert session.scalars(select(CartRequest.approved_at)).one() is None
    assert world.everything() == before


def test_the_api_sends_and_approves_as_the_pages_do(world: World, api: Api) -> None:
    only(world, api, "web-start")
    path = f"/clients/{world.client_id('stoyanova')}/cart/approval"
    maria, client = api("maria"), api("stoyanova")
    assert maria.get(path, provider="nordvik").status_code == 404
    body = {"provider": "nordvik", "payment_method": "bank_transfer"}
    assert client.post(f"{path}/send", body).status_code in {403, 404}
    sent = json_of(maria.post(f"{path}/send", body))
    assert (sent["payment_method"], sent["approved_at"], sent["stale"]) == (
        "bank_transfer",
        None,
        False,
    )
    assert json_of(client.get(path, provider="nordvik")) == sent
    (line,) = json_of(client.get(f"/clients/{world.client_id('stoyanova')}/cart"))["items"]
    quoted = {"provider": "nordvik", "line_ids": [line["id"]], "payment_method": "bank_transfer"}
    total = json_of(client.post(f"/clients/{world.client_id('stoyanova')}/quote", quoted))["total"]
    before = world.everything()
    approve = {"provider": "nordvik", "expected_total": total}
    assert maria.post(path, approve).status_code == 404
    wrong = {**approve, "expected_total": {"amount": total["amount"], "currency": "USD"}}
    assert client.post(path, wrong).get_json()["code"] == "price_changed"
    assert world.everything() == before
    (order,) = json_of(client.post(path, approve))["orders"]
    assert order["total"] == total
    assert client.post(path, approve).get_json()["code"] == "nothing_to_approve"
