"""Staff send a cart to its client, who approves it with one click (D2)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from plugins.shop.cart.cart_request import CartRequest
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
    names = ("csrf_token", "expected_total", "expected_points")
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
    assert "was changed since" in visit("stoyanova").get("/cart").text


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
