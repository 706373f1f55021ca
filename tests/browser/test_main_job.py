"""The main job in a real browser: staff order for a client and print the invoice (H1-H8)."""

import re

import pytest
from playwright.sync_api import expect

from plugins.orders.store.models import Order
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def orders_in(visit: Visit) -> int:
    return len(visit.world.everything()[Order.__tablename__])


def test_by_mouse_from_the_cart_to_the_printed_invoice(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("maria")
    page.get_by_role("link", name="Clients").click()
    page.get_by_role("link", name="Balkan Media OOD").click()
    page.get_by_role("link", name="Continue shopping").click()
    page.get_by_label("VPS Pro 4 × 2").check()
    page.get_by_label("Control panel licence").first.check()
    expect(page.locator("#summary .grand").last).to_have_text("€477.79")
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name=re.compile("Order № 10001"))).to_be_visible()
    expect(page.get_by_text("Order 10001 placed.")).to_be_visible()
    address = page.get_by_role("link", name="Print invoice").get_attribute("href")
    pdf = page.request.get(f"{visit.address}{address}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")


def test_by_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("maria")
    visit.open("/clients/1/orders")
    page.keyboard.press("c")
    page.wait_for_url("**/orders/new")
    page.keyboard.type("web start")
    page.keyboard.press("Enter")
    expect(page.locator("#summary .grand").last).to_have_text("€5.29")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name=re.compile("Order № 10001"))).to_be_visible()


def test_without_javascript(plain_visit: Visit) -> None:
    visit, page = plain_visit, plain_visit.page
    visit.sign_in("maria")
    visit.open("/clients/1/orders/new")
    page.get_by_label("Quantity of Web Start").fill("2")
    page.get_by_label("Note").fill("call before")
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_text("Check the total, then place the order.")).to_be_visible()
    assert orders_in(visit) == 0
    expect(page.get_by_label("Note")).to_have_value("call before")
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name=re.compile("Order № 10001"))).to_be_visible()
    assert orders_in(visit) == 1


def test_a_double_click_places_one_order(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("maria")
    visit.open("/clients/1/orders/new")
    page.get_by_label("Quantity of Web Start").fill("1")
    expect(page.locator("#summary .grand").last).to_have_text("€5.29")
    page.get_by_role("button", name="Place order").dblclick()
    expect(page.get_by_role("heading", name=re.compile("Order № 10001"))).to_be_visible()
    page.reload()
    page.go_back()
    assert orders_in(visit) == 1


def test_a_refusal_keeps_what_was_typed_and_says_why(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("maria")
    visit.open("/clients/2/orders/new")
    page.locator("input[name=cart]").last.check()
    page.get_by_label("Note").fill("urgent")
    expect(page.locator("#summary .why")).to_contain_text("signed contract")
    before = visit.world.everything()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("alert").first).to_contain_text("may not order")
    expect(page.locator("input[name=cart]").last).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("urgent")
    assert visit.world.everything()[Order.__tablename__] == before[Order.__tablename__] == []
    visit.forgive(422)
