"""A notice reaches the page that is open: the bell, the menu, a screen reader, a sound."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.notices import Telling
from tests.world import line

pytestmark = pytest.mark.browser
WEB = line("web-start", "1 month")


def arrives(page: Page, **notice: object) -> None:
    """As the live feed says it to the page."""
    page.evaluate(
        "notice => document.dispatchEvent(new CustomEvent('live:notice', {detail: notice}))",
        {"id": 1, "title": "New order", "address": "/orders/1", "sound": True, "desktop": False}
        | notice,
    )


def test_a_new_order_counts_up_the_bell_and_the_menu_and_is_said(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    bell = page.get_by_role("link", name="Notices")
    expect(bell.locator("[data-news]")).to_be_hidden()
    world.place("owner", world.order("stoyanova", WEB))
    Telling(world).follow()
    arrives(page, title="New order № 10001 from Елена Стоянова")
    expect(bell.locator("[data-number]")).to_have_text("1")
    expect(page.get_by_role("link", name="Orders").locator("[data-number]")).to_have_text("1")
    said = page.get_by_role("status").filter(has_text="New order № 10001")
    expect(said).to_be_attached()
    bell.click()
    page.get_by_role("link", name="New order № 10001 from Елена Стоянова").click()
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()
    expect(page.get_by_role("link", name="Notices").locator("[data-news]")).to_be_hidden()


def test_a_browser_that_is_silent_says_how_to_hear_it_once(visit: Visit) -> None:
    """M12."""
    page = visit.page
    visit.sign_in("maria")
    expect(page.get_by_role("heading", name="Hello, Maria Koleva")).to_be_visible()
    # opened by its address, a page has not been touched yet
    visit.open("/notices")
    hint = page.get_by_role("region", name="Sound of notices")
    expect(hint).to_be_visible()
    hint.get_by_role("button", name="Close").click()
    expect(hint).to_be_hidden()
    assert page.evaluate("localStorage.getItem('sound-hint-seen')") == "1"
    visit.open("/notices")
    expect(hint).to_be_hidden()


def test_without_a_script_notices_are_read_and_chosen(plain_visit: Visit) -> None:
    page, world = plain_visit.page, plain_visit.world
    world.place("owner", world.order("stoyanova", WEB))
    Telling(world).follow()
    plain_visit.sign_in("maria")
    page.get_by_role("link", name="Notices").click()
    page.get_by_role("link", name="Notice settings").click()
    page.get_by_role("switch", name="New order: With a sound").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("switch", name="New order: With a sound")).to_be_checked()
    plain_visit.open("/notices")
    page.get_by_role("button", name="Mark all read").click()
    expect(page.get_by_role("button", name="Mark all read")).to_have_count(0)


def test_its_pages_have_no_violation(inspected_visit: Visit) -> None:
    world = inspected_visit.world
    world.place("owner", world.order("stoyanova", WEB))
    Telling(world).follow()
    inspected_visit.sign_in("maria")
    for path in ("/notices", "/account/notices"):
        inspected_visit.open(path)
        inspected_visit.assert_good(path)
