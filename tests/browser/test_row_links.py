"""Rows of lists open by a click anywhere; the total and *Place order* are in reach on a phone."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_a_row_opens_by_a_click_anywhere_in_it(visit: Visit) -> None:
    visit.sign_in("maria")
    visit.open("/clients")
    page = visit.page
    row = page.get_by_role("row", name=re.compile("Balkan Media OOD"))
    # its second cell holds a number and no link
    row.get_by_role("cell").nth(1).click()
    page.wait_for_url("**/clients/1/orders*")


def test_words_in_a_row_can_be_selected_and_controls_stay_controls(visit: Visit) -> None:
    visit.sign_in("maria")
    visit.open("/clients")
    page = visit.page
    row = page.get_by_role("row", name=re.compile("Balkan Media OOD"))
    number = row.get_by_role("cell").nth(1)
    number.dblclick()
    # the first click of the two opens it; a selection that is there keeps the next click
    visit.open("/clients")
    page.evaluate(
        "() => window.getSelection().selectAllChildren(document.querySelectorAll('td.mono')[0])"
    )
    number.dispatch_event("click", {"bubbles": True, "button": 0})
    expect(page).to_have_url(re.compile("/clients$"))


def test_ctrl_and_the_middle_button_open_another_tab(visit: Visit) -> None:
    visit.sign_in("maria")
    visit.open("/clients")
    page = visit.page
    row = page.get_by_role("row", name=re.compile("Balkan Media OOD"))
    for how in ({"modifiers": ["ControlOrMeta"]}, {"button": "middle"}):
        with page.context.expect_page() as opened:
            row.get_by_role("cell").nth(1).click(**how)
        expect(opened.value).to_have_url(re.compile("/clients/1/orders"))
    expect(page).to_have_url(re.compile("/clients$"))


def test_on_a_phone_the_total_and_the_button_are_always_in_reach(visit: Visit) -> None:
    page = visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    visit.sign_in("maria")
    visit.open("/clients/1/orders/new")
    page.get_by_label("Quantity of Web Start").fill("1")
    place = page.get_by_role("button", name="Place order")
    expect(place).to_have_count(1)
    expect(page.locator(".cartbar b")).to_have_text("€5.29")
    for where in (0, 100_000):
        page.evaluate("top => window.scrollTo(0, top)", where)
        expect(place).to_be_in_viewport(ratio=1)
    place.click()
    expect(page.get_by_role("heading", name=re.compile("Order № 10001"))).to_be_visible()


def test_a_phone_call_without_a_mouse(visit: Visit) -> None:
    """The client found by half a name, three lines ordered by keyboard alone."""
    page = visit.page
    visit.sign_in("maria")
    expect(page.get_by_role("heading", name="Hello, Maria Koleva")).to_be_visible()
    page.keyboard.press("ControlOrMeta+k")
    page.keyboard.type("balkan")
    expect(page.get_by_role("option").filter(has_text="Balkan Media OOD").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/clients/1")
    page.keyboard.press("c")
    page.wait_for_url("**/orders/new*")
    lines = page.locator("#summary .line")
    for number, words in enumerate(("web start", "vps pro 4", "licence"), 1):
        page.keyboard.type(words)
        # each word is looked for as it is typed
        expect(page.locator("[data-tariff]:not([hidden])")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(lines).to_have_count(number)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name=re.compile("Order № 10001"))).to_be_visible()
