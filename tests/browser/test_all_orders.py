"""Staff look through the orders of all clients, with and without JavaScript."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.world import World, line

pytestmark = pytest.mark.browser


def place_two(world: World) -> None:
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    cloud = world.order("romashka", line("oblako-2", "1 month"), provider="sever")
    world.place("maria", cloud)


def look_through(visit: Visit) -> None:
    page = visit.page
    page.locator(".nav").get_by_role("link", name="Orders").click()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    page.get_by_label("Status", exact=True).select_option("sever.awaiting_confirmation")
    page.get_by_role("region", name="Orders").get_by_role(
        "button", name="Search", exact=True
    ).click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("№ 10002")
    expect(page.get_by_label("Status", exact=True)).to_have_value("sever.awaiting_confirmation")
    page.get_by_label("Status", exact=True).select_option("")
    page.get_by_role("link", name="All", exact=True).click()
    page.get_by_label("Search orders").fill("stoyanova")
    page.get_by_label("Search orders").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="№ 10001").click()
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()


def test_orders_are_found_from_the_menu(visit: Visit) -> None:
    place_two(visit.world)
    visit.sign_in("maria")
    look_through(visit)


def test_without_javascript_too(plain_visit: Visit) -> None:
    place_two(plain_visit.world)
    plain_visit.sign_in("maria")
    look_through(plain_visit)


@pytest.mark.parametrize("width", [1440, 1280, 390])
def test_nothing_of_the_list_is_cut_off(visit: Visit, width: int) -> None:
    place_two(visit.world)
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.sign_in("maria")
    visit.open("/orders")
    measured = "(list) => list.scrollWidth - list.clientWidth"
    assert visit.page.locator(".table-wrap").evaluate(measured) == 0
