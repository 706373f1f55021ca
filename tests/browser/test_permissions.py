"""The owner changes what others may do, and sees it with their eyes (H4, H5)."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.world import World, line

pytestmark = pytest.mark.browser

FROM_CATALOGUE = "Order desk: Place orders from the catalogue"
FROM_CART = "Order desk: Place orders from clients’ carts"


@pytest.fixture
def maria(browser: Any, address: str, world: World) -> Iterator[Visit]:
    """Maria at a screen of her own."""
    context = browser.new_context()
    visit = Visit(context.new_page(), address, world)
    yield visit
    assert visit.complaints == []
    context.close()


def take_creating_from_the_order_desk(owner: Visit) -> None:
    page = owner.page
    owner.sign_in("owner")
    page.get_by_role("link", name="Permissions").first.click()
    for name in (FROM_CATALOGUE, FROM_CART):
        page.get_by_label(name).uncheck()
    page.get_by_role("button", name="Review the changes").click()
    review = page.get_by_role("region", name="Review the changes")
    expect(review).to_contain_text("2 people would lose: “Place orders from the catalogue”")
    expect(review).to_contain_text("Maria Koleva")
    review.get_by_role("button", name="Save").click()
    expect(page.get_by_text("It takes effect from everyone’s next click.")).to_be_visible()


def test_h5_marias_next_click_is_refused_and_her_history_stays(visit: Visit, maria: Visit) -> None:
    world = visit.world
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    history = f"/clients/{world.client_id('stoyanova')}/orders"
    maria.sign_in("maria")
    maria.open(history)
    shopping = maria.page.get_by_role("link", name="Continue shopping")
    expect(shopping).to_be_visible()
    take_creating_from_the_order_desk(visit)
    before = world.everything()
    shopping.click()
    expect(maria.page.get_by_role("heading", name="You can’t do this")).to_be_visible()
    expect(maria.page.get_by_text("ask whoever manages rights")).to_be_visible()
    maria.open(history)
    expect(shopping).to_have_count(0)
    expect(maria.page.get_by_role("link", name="№ 10001")).to_be_visible()
    assert world.everything() == before
    maria.forgive(403)


def test_the_same_without_scripts(plain_visit: Visit) -> None:
    take_creating_from_the_order_desk(plain_visit)
    assert "orders:order:create" not in plain_visit.world.actor("maria").functions


def test_the_owner_sees_the_panel_as_georgi_and_comes_back(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("owner")
    page.get_by_role("link", name="Staff").first.click()
    page.get_by_role("link", name="Georgi Dimitrov").click()
    page.get_by_role("link", name="Rights").click()
    before = world.everything()
    page.get_by_role("button", name="See the panel as this person").click()
    banner = page.get_by_role("region", name="Whose rights you are using")
    expect(banner).to_contain_text("Georgi Dimitrov")
    expect(page.get_by_role("link", name="Permissions")).to_have_count(0)
    visit.open(f"/clients/{world.client_id('stoyanova')}/orders")
    expect(banner).to_be_visible()
    expect(page.get_by_role("link", name="Continue shopping")).to_have_count(0)
    banner.get_by_role("button", name="Return to my rights").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_role("link", name="Permissions").first).to_be_visible()
    after = world.everything()
    assert {name for name, rows in after.items() if rows != before[name]} == {"event"}


def test_functions_are_found_as_one_types_and_staged_ones_stay_staged(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/permissions")
    page.get_by_label(FROM_CATALOGUE).uncheck()
    page.get_by_label("Search functions").fill("balance")
    expect(page.get_by_label("Finance: Credit a balance")).to_be_visible()
    expect(page.get_by_label(FROM_CATALOGUE)).to_be_hidden()
    expect(page.locator(".savebar")).to_contain_text("Changed: 1")
    page.get_by_label("Search functions").fill("zzz")
    expect(page.get_by_text("No matching functions")).to_be_visible()
    page.get_by_label("Search functions").fill("")
    page.get_by_label("Only where departments differ").check()
    expect(page.get_by_label("Support: See clients", exact=True)).to_be_hidden()
    expect(page.get_by_label(FROM_CATALOGUE)).not_to_be_checked()


def test_a_phone_shows_one_department_at_a_time(visit: Visit) -> None:
    page = visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in("owner")
    visit.open("/permissions")
    expect(page.get_by_label("Finance: See clients", exact=True)).to_be_visible()
    expect(page.get_by_label("Support: See clients", exact=True)).to_be_hidden()
    page.get_by_label("Department viewed").select_option("Support")
    expect(page.get_by_label("Support: See clients", exact=True)).to_be_visible()
    expect(page.get_by_label("Finance: See clients", exact=True)).to_be_hidden()
    assert fits(page)


def fits(page: Page) -> bool:
    """Nothing sticks out of the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_switch_of_their_own_by_keyboard(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("owner")
    visit.open("/staff/1/rights")
    page.locator("summary", has_text="Balance").focus()
    page.keyboard.press("Enter")
    page.get_by_label("See balances").select_option("On")
    expect(page.locator(".savebar")).to_contain_text("Changed: 1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("It takes effect from their next click.")).to_be_visible()
    assert "balance:balance:read" in world.actor("maria").functions
