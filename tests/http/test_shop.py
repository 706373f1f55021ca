"""The client's shop and cart: their prices, what they can't have, and what has changed since."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_roles import ClientRole
from billing_panel.catalog.load_eligibility_facts import seller_facts
from billing_panel.catalog.models import Price, Tariff
from plugins.orders.store.cart_line import CartLine
from plugins.shop.shelf.shop_catalogue import Wish, open_shelf
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.test_page_statements import sent_for
from tests.http.visitor import Visitor
from tests.world import World, add_client_user

pytestmark = [ON_SQLITE, pytest.mark.usefixtures("in_english")]

Visit = Callable[..., Visitor]
Api = Callable[[str], ApiClient]
SHOP = "/shop/nordvik"


def cart(world: World, login: str, api: Api) -> list[dict[str, object]]:
    path = f"/clients/{world.client_id(login)}/cart"
    items: list[dict[str, object]] = json_of(api(login).get(path))["items"]
    return items


def test_a_client_of_one_provider_is_led_to_its_shop(visit: Visit) -> None:
    answer = visit("stoyanova").get("/shop")
    assert (answer.status_code, answer.location) == (302, SHOP)


def test_a_client_of_several_chooses(visit: Visit) -> None:
    page = visit("romashka").get("/shop")
    assert 'href="/shop/nordvik"' in page.text
    assert 'href="/shop/sever"' in page.text


def test_prices_are_the_clients_own_and_tax_is_said_once(visit: Visit) -> None:
    page = visit("balkan.media").get(SHOP).text
    # VIP: 10 % of 4.90
    assert "€4.41" in page
    assert "€4.90" in page
    assert page.count("Prices are without VAT; it is added in the cart.") == 1
    assert "Prices are without VAT: none is charged" in visit("texas-pixels").get(SHOP).text


def test_what_the_client_cannot_have_stands_last_with_the_reason(visit: Visit) -> None:
    page = visit("stoyanova").get(SHOP).text
    closed = page.index("Not available to you now")
    assert page.index("Only for clients with a signed contract") > closed
    assert page.index("can only be ordered through our staff") > closed
    assert page.index('id="tariff-web-start"') < closed
    # what is no longer sold is not shown at all
    assert 'id="tariff-old-web"' not in page


def test_bundles_show_what_is_inside_and_time_packages_their_hours(visit: Visit) -> None:
    page = visit("stoyanova").get(SHOP).text
    bundle = page[page.index('id="tariff-shop-in-a-day"') :]
    assert "Web Business, 12 months" in bundle[: bundle.index("</article>")]
    hours = page[page.index('id="tariff-admin-hours-10"') :]
    assert "hours: 10" in hours[: hours.index("</article>")]


def test_the_price_of_options_is_asked_and_nothing_is_written(world: World, visit: Visit) -> None:
    client = visit("stoyanova")
    token = client.token(SHOP)
    before = world.everything()
    sent = {
        "csrf_token": token,
        "quantity:vps-pro-4": "1",
        "period:vps-pro-4": "1 month",
        "number:vps-pro-4:ram": "16",
        "do": "price",
    }
    whole = client.http.post(SHOP, data=sent)
    part = client.http.post(SHOP, data=sent, headers={"X-Fragment": "price"})
    assert (whole.status_code, part.status_code) == (200, 200)
    assert "<html" not in part.text
    assert part.text.strip().splitlines()[0] in whole.text
    wrong = client.http.post(SHOP, data={**sent, "number:vps-pro-4:ram": "5"})
    assert wrong.status_code == 422
    assert "Enter a number from" in wrong.text
    assert world.everything() == before


def test_money_and_points_are_put_in_and_change_one_cart(
    world: World, visit: Visit, api: Api
) -> None:
    client = visit("stoyanova")
    for position in cart(world, "stoyanova", api):
        path = f"/clients/{world.client_id('stoyanova')}/cart/lines/{position['id']}"
        assert client.send(path, do="remove").status_code == 303
    assert cart(world, "stoyanova", api) == []
    for tariff, period, do in (("sfp-10g", "once", "points"), ("dedicated-ex64", "1 month", "add")):
        sent = {f"quantity:{tariff}": "1", f"period:{tariff}": period, "do": do}
        assert client.send(SHOP, **sent).status_code == 303
    found = [
        (one["tariff"], one["pay_with"], one["added_by"]) for one in cart(world, "stoyanova", api)
    ]
    assert found == [("sfp-10g", "points", "client"), ("dedicated-ex64", "money", "client")]
    # the same for staff
    page = visit("maria").get(f"/clients/{world.client_id('stoyanova')}/cart").text
    assert "Dedicated EX-64" in page


def test_d2_what_is_for_staff_alone_a_client_puts_nowhere(
    world: World, visit: Visit, api: Api
) -> None:
    client, path = visit("stoyanova"), f"/clients/{world.client_id('stoyanova')}/cart/lines"
    token = client.token(SHOP)
    wanted = {"tariff": "nas-storage", "period": "1 month"}
    caller = api("stoyanova")
    before = world.everything()
    sent = {"csrf_token": token, "quantity:nas-storage": "1", "period:nas-storage": "1 month"}
    assert client.http.post(SHOP, data={**sent, "do": "add"}).status_code == 422
    assert caller.post(path, wanted).status_code == 422
    assert world.everything() == before
    # staff put it there for them, and the cart says who did
    json_of(api("owner").post(path, wanted), 201)
    page = client.get("/cart").text
    assert "added by Nordvik Hosting" in page
    assert "Ada Owner" not in page


def test_the_cart_says_what_has_changed_since(world: World, visit: Visit, api: Api) -> None:
    path = f"/clients/{world.client_id('stoyanova')}/cart/lines"
    added = json_of(api("stoyanova").post(path, {"tariff": "web-start", "period": "1 month"}), 201)
    with world.database.reading() as session:
        tariff_id = session.get_one(CartLine, added["id"]).tariff_id
    world.change(Price, {"tariff_id": tariff_id, "months": 1}, amount=590)
    page = visit("stoyanova").get("/cart").text
    assert "The price has changed:" in page
    assert "€4.90" in page
    assert "€5.90" in page
    world.change(Tariff, {"key": "web-start"}, archived=True)
    assert "no longer sold" in visit("stoyanova").get("/cart").text


def test_a_position_is_changed_and_wrong_numbers_are_told(
    world: World, visit: Visit, api: Api
) -> None:
    client, client_id = visit("stoyanova"), world.client_id("stoyanova")
    (line, *_) = [one for one in cart(world, "stoyanova", api) if one["tariff"] == "dedicated-ex64"]
    path = f"/clients/{client_id}/cart/lines/{line['id']}"
    assert client.send(path, quantity="3", note="By the window").status_code == 303
    (changed, *_) = [one for one in cart(world, "stoyanova", api) if one["id"] == line["id"]]
    assert (changed["quantity"], changed["note"]) == (3, "By the window")
    token = client.token("/cart")
    before = world.everything()
    for wrong in ({"quantity": "three"}, {"period": "7 months"}, {"note": "x" * 501}):
        refused = client.http.post(path, data={"csrf_token": token, **wrong})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
    assert world.everything() == before


def test_nobody_elses_cart_is_looked_at_or_changed(world: World, visit: Visit, api: Api) -> None:
    client, other = visit("stoyanova"), world.client_id("balkan.media")
    line = cart(world, "balkan.media", api)[0]["id"]
    staff = {login: visit(login) for login in ("maria", "owner")}
    token = client.token("/cart")
    before = world.everything()
    assert client.get(f"/clients/{other}/cart").status_code == 404
    path = f"/clients/{other}/cart/lines/{line}"
    assert client.http.post(path, data={"csrf_token": token, "quantity": "9"}).status_code == 404
    assert client.get("/shop/sever").status_code == 404
    assert client.get("/checkout/sever").status_code == 404
    for login, colleague in staff.items():
        for path in ("/cart", "/shop", "/checkout/nordvik", "/my/orders", "/my/history"):
            assert colleague.get(path).status_code == 404, (login, path)
    assert world.everything() == before


def test_the_viewer_of_a_client_changes_nothing(world: World, visit: Visit) -> None:
    add_client_user(world, "stoyanova", "looks.on", ClientRole.VIEWER)
    viewer = visit("looks.on")
    token = viewer.token("/my/orders")
    before = world.everything()
    for path in ("/shop", "/cart", "/checkout/nordvik"):
        assert viewer.get(path).status_code == 403, path
    assert viewer.get(SHOP).status_code == 404
    for path in (SHOP, "/checkout/nordvik", "/cart/nordvik/approve"):
        answer = viewer.http.post(path, data={"csrf_token": token, "do": "place"})
        assert answer.status_code == 403, path
    assert world.everything() == before


def test_nobody_sees_a_shop_that_has_no_window(world: World, visit: Visit) -> None:
    nobody = visit()
    before = world.everything()
    for path in (SHOP, "/shop/nobodys"):
        assert nobody.get(path).location.startswith("/sign-in"), path
    for key in ("nordvik", "nobodys"):
        assert nobody.get(f"/api/v1/shop/{key}").status_code == 404
    assert world.everything() == before


def test_a_window_has_list_prices_of_what_everybody_may_order(world: World) -> None:
    with world.database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        shelf = open_shelf(session, provider, seller_facts(session, provider), Wish())
    listed = {card.tariff.key: card.shown for card in shelf.cards}
    assert (listed["web-start"].amount, listed["web-start"].listed) == (490, 490)
    # of a group, of countries, no longer sold, and only through staff
    assert not listed.keys() & {"gpu-a16", "old-web", "nas-storage"}


def test_a_window_shows_list_prices_to_everybody_where_it_is_open(
    world: World, visit: Visit
) -> None:
    nobody = visit()
    world.change(Provider, {"key": "nordvik"}, shop_window_open=False)
    assert nobody.get(SHOP).status_code == 302
    assert nobody.get("/shop/nobodys").status_code == 302
    assert nobody.get("/api/v1/shop/nordvik").status_code == 404
    world.change(Provider, {"key": "nordvik"}, shop_window_open=True)
    page = nobody.get(SHOP)
    assert page.status_code == 200
    assert "€4.90" in page.text
    assert "GPU A-16" not in page.text
    assert "Add to cart" not in page.text
    listed = json_of(nobody.get("/api/v1/shop/nordvik"))
    keys = {tariff["key"] for tariff in listed["items"]}
    assert "web-start" in keys
    # of a group, of countries, no longer sold, and only through staff
    assert not keys & {"gpu-a16", "old-web", "nas-storage"}
    assert nobody.get("/api/v1/shop/sever").status_code == 404


def test_a_closed_shop_is_nowhere(world: World, visit: Visit) -> None:
    world.change(Provider, {"key": "nordvik"}, clients_may_order=False, shop_window_open=True)
    client = visit("stoyanova")
    token = client.token("/my/orders")
    before = world.everything()
    for path in ("/shop", SHOP, "/cart", "/checkout/nordvik"):
        assert client.get(path).status_code == 404, path
    for path in (SHOP, "/checkout/nordvik"):
        assert client.http.post(path, data={"csrf_token": token, "do": "place"}).status_code in {
            404,
            422,
        }
    assert 'href="/shop"' not in client.get("/my/orders").text
    assert visit().get("/api/v1/shop/nordvik").status_code == 404
    assert world.everything() == before


@pytest.mark.parametrize("path", ["/shop/nordvik", "/cart", "/checkout/nordvik"])
def test_statements_are_as_many_whatever_there_is(
    world: World, visit: Visit, api: Api, path: str
) -> None:
    client, lines = visit("stoyanova"), f"/clients/{world.client_id('stoyanova')}/cart/lines"
    web = {"tariff": "web-start", "period": "1 month"}
    # who changed the cart is looked up once there is a change
    json_of(api("stoyanova").post(lines, web), 201)
    few = sent_for(world, client, path)
    for _ in range(4):
        json_of(api("stoyanova").post(lines, web), 201)
    assert sent_for(world, client, path) == few
