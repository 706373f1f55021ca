"""Pages say what they follow, and asking for what changed leaves no trace."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.sign_in_models import SignInSession
from billing_panel.kernel.values.clock import FixedClock
from plugins.orders.store.models import Order
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, elements
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
PARTS = {"X-Fragment": "parts"}


@pytest.fixture
def order(world: World) -> Order:
    return world.place("maria", world.order("stoyanova", line("web-start", "1 month")))[0]


def followed(visitor: Visitor, path: str, **more: Any) -> dict[str, str]:
    """What each part of the page follows, by its id."""
    named = (element.attributes for element in elements(visitor.get(path, **more)))
    return {one["id"]: one["data-follows"] for one in named if one.get("data-follows")}


def test_pages_name_what_they_follow(visit: Visit, world: World, order: Order) -> None:
    maria, owner, client = visit("maria"), visit("owner"), order.client_id
    assert followed(maria, "/orders")["content"] == "orders"
    assert followed(maria, f"/clients/{client}/orders")["content"] == f"client:{client}"
    assert followed(maria, f"/orders/{order.id}")["content"] == f"order:{order.id} client:{client}"
    for headers in ({}, PARTS):
        parts = followed(maria, f"/clients/{client}/orders/new", headers=headers)
        assert (parts["ordering-for"], parts["cart-now"]) == (f"client:{client}",) * 2
    assert followed(visit("petar"), f"/clients/{client}/balance")["content"] == f"client:{client}"
    assert followed(maria, f"/clients/{client}/cart")["content"] == f"client:{client}"
    buyer = visit("stoyanova")
    for path, names in (("/cart", ("content",)), ("/shop/nordvik", ("cart", "cart-now"))):
        assert '<body data-live="/live?' in buyer.get(path).text
        found = followed(buyer, path)
        assert {found[name] for name in names} == {f"client:{client}"}
        assert f"client:{client}" in found["sections"].split()
    assert followed(owner, f"/clients/{client}")["content"] == f"client:{client}"
    assert followed(owner, "/tariffs/3")["content"] == "tariff:3"
    assert "exceptions" not in followed(owner, "/")["sections"].split()
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    found = followed(owner, "/exceptions")
    assert found["content"] == "exceptions"
    assert "exceptions" in found["sections"].split()


def test_a_page_for_nobody_follows_nothing(visit: Visit) -> None:
    page = visit().get("/sign-in").text
    assert "data-viewer" not in page
    assert "data-follows" not in page


def test_a_request_for_parts_leaves_what_is_told_to_the_page(visit: Visit, order: Order) -> None:
    maria, path = visit("maria"), f"/orders/{order.id}"
    maria.send(f"{path}/move", action="pay", **{"fields.payment_method": "cash"})
    asked = maria.get(path, headers=PARTS)
    assert "Done." not in asked.text
    assert "Set-Cookie" not in asked.headers
    assert "Done." in maria.get(path).text
    assert "Done." not in maria.get(path).text


def test_a_request_for_parts_keeps_nobody_signed_in(
    visit: Visit, world: World, clock: FixedClock
) -> None:
    def seen() -> object:
        with world.database.reading() as session:
            return session.scalars(select(SignInSession.seen_at)).all()

    maria = visit("maria")
    maria.get("/orders")
    before = seen()
    clock.at += timedelta(minutes=30)
    assert maria.get("/orders", headers=PARTS).status_code == 200
    assert seen() == before
    maria.get("/orders")
    assert seen() != before


def test_what_answers_a_form_is_left_alone_and_can_be_opened(visit: Visit, order: Order) -> None:
    maria, path = visit("maria"), f"/orders/{order.id}"
    page = maria.get(path)
    assert "data-answers" not in page.text
    assert "data-page" not in page.text
    refused = maria.send(f"{path}/deliver", version="0")
    assert refused.status_code in {409, 422}
    assert "data-answers" in refused.text
    assert f'data-page="{path}"' in refused.text


@pytest.mark.parametrize(
    "path",
    [
        "/orders/1",
        "/clients/1",
        "/clients/1/balance",
        "/clients/2/cart",
        "/tariffs/3",
        "/providers/nordvik",
        "/staff/2",
    ],
)
@pytest.mark.usefixtures("order")
def test_each_form_of_a_followed_page_has_a_name(visit: Visit, path: str) -> None:
    """By it a form somebody types in is found again; or by the fold it stands in."""
    page = visit("owner").get(path)
    assert page.status_code == 200
    ids = [one.attributes["id"] for one in elements(page) if "id" in one.attributes]
    assert sorted(ids) == sorted(set(ids))
    assert "content" in followed(visit("owner"), path)
    main = page.text.split("<main")[1]
    found = re.findall(
        r"(<details[^>]*>\s*<summary.*?</summary>\s*)?(<form [^>]*>)", main, re.DOTALL
    )
    forms = [(fold, form) for fold, form in found if 'method="post"' in form]
    assert forms
    assert [form for fold, form in forms if " id=" not in form and " id=" not in fold] == []
