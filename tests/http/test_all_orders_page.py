"""The orders of every client on one page, for staff; and how lists of orders are narrowed (W2)."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from plugins.orders.store.models import Order
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.surface.order_lists.url_filters import PAGE
from plugins.orders.workflow.statuses.stage import Stage
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor, assert_nothing_inline, elements
from tests.world import World, line

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]
WEB, VPS, CLOUD = "10001", "10002", "10003"


@pytest.fixture
def placed(world: World) -> None:
    """Stoyanova and Balkan Media buy of nordvik, Romashka of sever."""
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    world.place("maria", world.order("balkan.media", line("vps-pro-4", "1 month")))
    cloud = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    world.place("maria", cloud)


def shown(visitor: Visitor, path: str = "/orders", **narrow: str) -> list[str]:
    """The numbers of the orders on the page, as they stand; those in the orders bar left out."""
    page = visitor.get(path, query_string=narrow or None)
    assert page.status_code == 200
    return [part[:5] for part in page.text.partition("</main>")[0].split('">№ ')[1:]]


def offered(visitor: Visitor, path: str = "/orders", **narrow: str) -> list[str]:
    """The values of the statuses to choose from."""
    page = visitor.get(path, query_string=narrow).text
    select_ = page.partition('name="status"')[2].partition("</select>")[0]
    return [part.partition('"')[0] for part in select_.split('value="')[2:]]


@pytest.mark.usefixtures("placed")
def test_staff_see_orders_of_their_providers_newest_first_from_the_menu(visit: Visit) -> None:
    maria = visit("maria")
    links = [element.attributes.get("href") for element in elements(maria.get("/"))]
    assert "/orders" in links
    assert shown(maria) == [CLOUD, VPS, WEB]
    assert shown(visit("olga")) == [CLOUD]
    page = maria.get("/orders")
    assert "Balkan Media OOD" in page.text
    assert_nothing_inline(page)


@pytest.mark.usefixtures("placed")
def test_a_client_is_led_to_their_own_orders(visit: Visit) -> None:
    client = visit("stoyanova")
    answer = client.get("/orders")
    assert answer.status_code == 302
    assert answer.location == "/my/orders"
    links = [element.attributes.get("href") for element in elements(client.get("/"))]
    assert "/orders" not in links


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    ("narrow", "numbers"),
    [
        ({"query": VPS}, [VPS]),
        ({"query": "romashka"}, [CLOUD]),
        ({"query": f"№ {VPS}"}, [VPS]),
        ({"query": "Балкан media"}, []),
        ({"query": "media  BALKÁN"}, [VPS]),
        ({"query": "nobody"}, []),
        ({"query": "%"}, []),
        ({"provider": "nordvik"}, [VPS, WEB]),
        ({"stage": "new"}, [CLOUD, VPS, WEB]),
        ({"stage": "done"}, []),
        ({"payment": "unpaid"}, [CLOUD, VPS, WEB]),
        ({"payment": "paid"}, []),
        ({"payment": "owed"}, []),
        ({"stage": "ended"}, []),
        ({"status": "nordvik.awaiting_payment"}, [VPS, WEB]),
        ({"status": "sever.awaiting_confirmation"}, [CLOUD]),
        ({"status": "nordvik.paid"}, []),
        # a status chosen before its provider was left
        ({"provider": "sever", "status": "nordvik.awaiting_payment"}, [CLOUD]),
        # nobody can read where the page begins
        ({"from": "x"}, [CLOUD, VPS, WEB]),
        ({"stage": "active"}, [CLOUD, VPS, WEB]),
        ({"client": "romashka"}, [CLOUD]),
        ({"client": "Romashka", "provider": "nordvik"}, []),
        ({"tariff": "vps-pro-4"}, [VPS]),
        ({"placed_by": "staff"}, [CLOUD, VPS, WEB]),
        ({"placed_by": "client"}, []),
        ({"person": "maria"}, [CLOUD, VPS, WEB]),
        ({"person": "petar"}, []),
        ({"age": "day"}, [CLOUD, VPS, WEB]),
        ({"age": "over_day"}, []),
        ({"deadline": "any"}, [VPS, WEB]),
        ({"deadline": "day"}, []),
        ({"deadline": "any", "provider": "nordvik", "stage": "new"}, [VPS, WEB]),
        ({"unread": "yes"}, []),
    ],
)
def test_the_list_is_narrowed(visit: Visit, narrow: dict[str, str], numbers: list[str]) -> None:
    assert shown(visit("maria"), **narrow) == numbers


@pytest.mark.usefixtures("placed")
@pytest.mark.parametrize(
    "narrow",
    [
        {"status": "x"},
        {"status": "kiosk.new"},
        {"stage": "x"},
        {"payment": "x"},
        {"provider": "kiosk"},
        {"client": "nobody"},
        {"tariff": "nothing"},
        {"person": "nobody"},
        {"department": "nothing"},
        {"age": "x"},
        {"deadline": "x"},
        {"placed_by": "x"},
        {"unread": "x"},
        {"colour": "red"},
    ],
)
def test_what_nobody_knows_is_refused_by_its_name(visit: Visit, narrow: dict[str, str]) -> None:
    """Olga works for sever alone: other providers and their statuses are not there for her."""
    page = visit("olga").get("/orders", query_string=narrow)
    (name,) = narrow
    assert page.status_code == 422
    assert f"<code>{name}</code>" in page.text
    assert "data-row " not in page.text


@pytest.mark.usefixtures("placed")
def test_12_unpaid_shows_nothing_ended_and_the_history_all_of_it(
    visit: Visit, world: World
) -> None:
    """Whatever its status is called: M5, M6. What is owed of it is found as a debt."""
    world.change(Order, {"id": 1}, stage=Stage.LOST)
    world.change(Order, {"id": 2}, stage=Stage.DONE, owed=500)
    maria = visit("maria")
    assert shown(maria, payment="unpaid") == [CLOUD]
    assert shown(maria, payment="owed") == [VPS]
    assert shown(maria, stage="ended") == [VPS, WEB]
    assert (shown(maria, stage="done"), shown(maria, stage="lost")) == ([VPS], [WEB])
    page = maria.get("/orders", query_string={"stage": "lost"}).text
    tabs = page.partition('class="tabs"')[2].partition("</nav>")[0]
    assert "Cancelled" not in tabs
    assert 'aria-current="page">History' in tabs


def test_w2_statuses_are_offered_in_the_providers_own_order(visit: Visit, world: World) -> None:
    with world.database.writing() as session:
        nordvik = select(Provider.id).filter_by(key="nordvik").scalar_subquery()
        own = select(OrderStatus).filter_by(provider_id=nordvik).order_by(OrderStatus.position)
        rows = session.scalars(own).all()
        keys = [f"nordvik.{row.key}" for row in reversed(rows)]
        for position, row in enumerate(reversed(rows)):
            row.position = position
    maria = visit("maria")
    assert offered(maria, provider="nordvik") == keys
    every = offered(maria)
    assert [value for value in every if value.startswith("nordvik.")] == keys
    assert {value.partition(".")[0] for value in every} == {"nordvik", "sever"}
    assert offered(maria, f"/clients/{world.client_id('stoyanova')}/orders") == keys


@pytest.mark.usefixtures("placed")
def test_a_page_that_begins_at_a_foreign_order_tells_nothing_of_it(
    visit: Visit, world: World
) -> None:
    """Narrowed to moments, a list goes on from where an order stands: an order of one's own."""
    (foreign,) = world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    own_order = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    (own,) = world.place("maria", own_order)
    olga = visit("olga")

    def going_on(order_id: int) -> list[str]:
        return shown(olga, age="day", **{"from": str(order_id)})

    assert going_on(own.id) == [CLOUD]
    assert going_on(foreign.id) == going_on(own.id + 1_000) == []


@pytest.mark.usefixtures("placed")
def test_a_clients_history_is_narrowed_to_a_status(visit: Visit, world: World) -> None:
    maria, path = visit("maria"), f"/clients/{world.client_id('stoyanova')}/orders"
    assert shown(maria, path, status="nordvik.awaiting_payment") == [WEB]
    assert shown(maria, path, status="nordvik.paid") == []


def test_a_long_list_goes_on_page_after_page_narrowed_as_it_was(visit: Visit, world: World) -> None:
    for _ in range(PAGE + 2):
        world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    maria = visit("maria")
    first = maria.get("/orders", query_string={"query": "stoyanova", "payment": "unpaid"})
    (onward,) = (
        str(element.attributes["href"])
        for element in elements(first)
        if "from=" in (element.attributes.get("href") or "")
    )
    assert {"query=stoyanova", "payment=unpaid"} <= set(onward.partition("?")[2].split("&"))
    assert shown(maria, onward) == ["10002", "10001"]
