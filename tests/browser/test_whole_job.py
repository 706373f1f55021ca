"""The whole job, from signing in to the printed invoice, in each language of the interface.

By keyboard alone on a wide screen, by tapping on a narrow one; the browser never complains.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from billing_panel.kernel.language.text import LANGUAGES, OWN_NAMES, translate
from tests.browser.conftest import PASSWORD, Visit
from tests.browser.new_order import orders_in, total_of

pytestmark = pytest.mark.browser

WIDE = ViewportSize(width=1440, height=900)
NARROW = ViewportSize(width=390, height=844)
MOST_TABS = 60


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press ``key`` until ``wanted`` has the focus."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{MOST_TABS} times {key} do not lead to {wanted}")


def assert_no_sideways_scroll(page: Page) -> None:
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def assert_printed(visit: Visit, address: str | None) -> None:
    pdf = visit.page.request.get(f"{visit.address}{address}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")


@pytest.mark.parametrize("language", LANGUAGES)
def test_by_keyboard_alone(visit: Visit, language: str) -> None:
    page, keyboard = visit.page, visit.page.keyboard
    visit.give_password("maria")
    page.set_viewport_size(WIDE)

    visit.open("/sign-in")
    tab_to(page, page.get_by_role("button", name=OWN_NAMES[language]))
    with page.expect_navigation():
        keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", language)
    tab_to(page, page.locator("[name=login]"))
    keyboard.type("maria")
    keyboard.press("Tab")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    page.wait_for_url(visit.address + "/")
    choose_language_by_keyboard(page, language)

    keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    keyboard.type(translate("Clients", language))
    keyboard.press("Enter")
    page.wait_for_url("**/clients")
    keyboard.press("/")
    keyboard.type("balkan")
    keyboard.press("Enter")
    page.wait_for_url("**/clients?query=balkan*")
    keyboard.press("j")
    keyboard.press("Enter")
    page.wait_for_url("**/clients/1/orders")
    keyboard.press("c")
    page.wait_for_url("**/clients/1/orders/new")
    keyboard.type("web start")
    keyboard.press("Enter")
    expect(page.locator("#summary .line")).to_have_count(1)
    tab_to(page, page.locator("[name=cart]").first, "Shift+Tab")
    keyboard.press("Space")
    expect(page.locator("#summary .line")).to_have_count(2)
    expect(total_of(page)).to_have_text(re.compile(r"467.96"))
    keyboard.press("Control+Enter")
    page.wait_for_url("**/orders/1")
    printing = page.locator("[data-key=p]")
    with page.expect_request("**/*.pdf") as printed:
        keyboard.press("p")
    assert_printed(visit, printed.value.url.removeprefix(visit.address))
    assert printing.count() == 1
    assert orders_in(visit) == 1


def choose_language_by_keyboard(page: Page, language: str) -> None:
    """In the menu of whoever is signed in."""
    tab_to(page, page.locator("[popovertarget=my-menu]"))
    page.keyboard.press("Enter")
    tab_to(page, page.locator(f"#my-menu [name=language][value={language}]"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_narrow_screen(visit: Visit, language: str) -> None:
    page = visit.page

    def say(sentence: str) -> str:
        return translate(sentence, language)

    page.set_viewport_size(NARROW)
    visit.sign_in("maria")
    page.get_by_role("link", name="Open menu").click()
    page.get_by_role("button", name="Language and sign-out").click()
    page.get_by_role("button", name=OWN_NAMES[language]).click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert_no_sideways_scroll(page)

    page.get_by_role("link", name=say("Open menu")).click()
    page.get_by_role("link", name=say("Clients")).click()
    page.wait_for_url("**/clients")
    assert_no_sideways_scroll(page)
    page.get_by_role("link", name="Balkan Media OOD").click()
    page.wait_for_url("**/clients/1/orders")
    assert_no_sideways_scroll(page)
    page.get_by_role("link", name=say("Continue shopping")).click()
    page.wait_for_url("**/orders/new")
    page.locator("[name=cart]").first.check()
    page.locator("[data-tariff*=' web-start ']").locator("[data-step='1']").click()
    expect(total_of(page)).to_have_text(re.compile(r"467.96"))
    assert_no_sideways_scroll(page)
    page.get_by_role("button", name=say("Place order")).click()
    page.wait_for_url("**/orders/1")
    assert_no_sideways_scroll(page)
    address = page.get_by_role("link", name=say("Print invoice")).get_attribute("href")
    assert_printed(visit, address)
    assert orders_in(visit) == 1
