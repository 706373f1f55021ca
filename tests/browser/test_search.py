"""Issue 16: what people quote is found from anywhere, by keyboard alone and without scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_accessibility import assert_good
from tests.world import World, line

pytestmark = pytest.mark.browser


def place_two(world: World) -> None:
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    world.place("maria", world.order("balkan.media", line("vps-pro-4", "1 month")))


def test_i16_the_palette_is_used_by_keyboard_alone(visit: Visit) -> None:
    place_two(visit.world)
    visit.sign_in("maria")
    visit.open("/clients")
    page, keyboard = visit.page, visit.page.keyboard
    keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    # Enter waits for the answer
    keyboard.type("№ 10002")
    keyboard.press("Enter")
    page.wait_for_url("**/orders/2")
    keyboard.press("Control+k")
    keyboard.type("стоянова")
    found = page.get_by_role("option")
    expect(found.filter(has_text="№ 10001")).to_be_visible()
    expect(found.filter(has_text="New order for Елена Стоянова")).to_be_visible()
    for _ in range(20):
        keyboard.press("ArrowDown")
    expect(page.locator("[aria-selected=true]")).to_have_text("All results")
    keyboard.press("Enter")
    page.wait_for_url("**/search?query=*")
    expect(page.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    keyboard.press("Control+k")
    keyboard.type("zzqx")
    expect(page.get_by_text("Nothing found. Try a number")).to_be_visible()
    keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_i16_without_javascript_a_form_leads_to_the_page(plain_visit: Visit) -> None:
    place_two(plain_visit.world)
    plain_visit.sign_in("maria")
    page = plain_visit.page
    field = page.get_by_role("searchbox", name="Search everything")
    field.fill("stoyanova")
    field.press("Enter")
    page.get_by_role("link", name="№ 10001").click()
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()


def test_i16_neither_palette_nor_page_has_a_violation(inspected_visit: Visit) -> None:
    visit = inspected_visit
    place_two(visit.world)
    visit.sign_in("maria")
    for path in (
        "/search",
        "/search?query=zzqx",
        "/search?query=web",
        "/search?query=web&kind=order",
    ):
        assert_good(visit, path)
    visit.page.keyboard.press("Control+k")
    visit.page.keyboard.type("стоянова")
    expect(visit.page.get_by_role("option").filter(has_text="№ 10001")).to_be_visible()
    visit.assert_good("the palette")
