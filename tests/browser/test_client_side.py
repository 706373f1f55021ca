"""The client's side in a real browser: from the shop to a paid, received and rated order."""

from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from billing_panel.accounts.people.client_models import ClientKind
from billing_panel.accounts.people.user_models import User
from billing_panel.administration.clients.change_client import create_client
from billing_panel.administration.clients.client_details import ClientDetails
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.models import Order
from tests.browser.conftest import Visit
from tests.world import World, line

pytestmark = pytest.mark.browser

ROUTER = line("router-ax", "once")


def step(world: World, order: Order, action: str, to: str | None = None, **fields: str) -> None:
    """Maria takes a step with an order, a minute later."""
    world.clock.at += timedelta(minutes=1)
    command = AdvanceOrder(order.id, action, to, fields)
    with world.database.writing() as session:
        advance_order(session, command, actor=world.actor("maria"), clock=world.clock)


def sent_router(world: World) -> Order:
    """A router of Sever's on its way to Romashka."""
    placed = world.order("romashka", ROUTER, provider="sever")
    (order,) = world.place("maria", placed)
    step(world, order, "accept")
    step(world, order, "pay", payment_method="bank_transfer")
    step(world, order, "send", delivery_service="cdek", tracking_code="1234567890")
    return order


def test_a_new_client_has_an_order_and_its_bill_in_six_clicks(visit: Visit) -> None:
    page, world = visit.page, visit.world
    new = ClientDetails("newcomer", "New Ltd", ClientKind.COMPANY, "BG", city="Sofia")
    with world.database.writing() as session:
        actor = world.actor("owner")
        create_client(session, new, provider="nordvik", actor=actor, clock=world.clock)
    world.change(User, {"login": "newcomer"}, language="en")
    visit.sign_in("newcomer")
    visit.open("/shop/nordvik")
    page.locator("#tariff-web-start").get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="Cart (1)").click()
    page.get_by_role("link", name="Check out").click()
    page.get_by_role("radio", name="Bank transfer").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()
    expect(page.locator("#payment")).to_contain_text("Bank transfer")
    # the sixth: a link that saves a file
    pdf = page.request.get(
        visit.address + str(page.get_by_role("link", name="Print invoice").get_attribute("href")),
        timeout=120_000,
    )
    assert pdf.body().startswith(b"%PDF-")


def test_what_was_received_is_confirmed_rated_and_asked_to_be_returned(visit: Visit) -> None:
    """M10, and the way back: with a picture, in the client's own words."""
    page, world = visit.page, visit.world
    order = sent_router(world)
    world.change(User, {"login": "romashka"}, language="en")
    visit.sign_in("romashka")
    visit.open(f"/orders/{order.id}")
    page.get_by_role("button", name="Received").click()
    expect(page.locator("h1")).to_contain_text("Received")
    page.locator("#rating").get_by_role("radio", name="5").check()
    page.locator("#rating").get_by_label("Review").fill("Quick, and well packed")
    page.locator("#rating").get_by_role("button", name="Save").click()
    expect(page.locator("#rating")).to_contain_text("5 of 5")
    expect(page.locator("#rating")).to_contain_text("Quick, and well packed")

    page.locator("summary", has_text="Ask to return").click()
    form = page.locator("#move-ask_return")
    form.get_by_role("spinbutton").fill("1")
    form.get_by_label("Why you want to return it").fill("It does not start")
    content = b"\x89PNG\r\n\x1a\n" + b"0"
    picture = FilePayload(name="dead.png", mimeType="image/png", buffer=content)
    form.get_by_label("Attach files").set_input_files(files=[picture])
    form.get_by_role("button", name="Ask to return").click()
    card = page.locator("#return")
    expect(card).to_contain_text("Waiting for an answer")
    expect(card).to_contain_text("It does not start")
    saved = page.request.get(
        visit.address + str(card.get_by_role("link", name="dead.png").get_attribute("href"))
    )
    assert saved.body() == content
    step(world, order, "refuse_return", client_text="Switch it on first")
    visit.open(f"/orders/{order.id}")
    expect(card).to_contain_text("Refused")
    expect(card).to_contain_text("Switch it on first")
    expect(page.get_by_text("Ask to return…")).to_be_visible()


def place_cart(page: Page, provider: str) -> None:
    """By bank transfer, whatever is in the client's cart with the provider."""
    page.locator(f"#cart-{provider}").get_by_role("link", name="Check out").click()
    page.get_by_role("radio", name="Bank transfer").check()
    page.get_by_role("button", name="Place order").click()


def test_a_cart_of_two_providers_becomes_orders_split_by_availability(visit: Visit) -> None:
    """M2: what is in stock leaves at once."""
    page, world = visit.page, visit.world
    world.change(User, {"login": "romashka"}, language="en")
    visit.sign_in("romashka")
    visit.open("/cart")
    expect(page.locator(".position")).to_have_count(3)
    place_cart(page, "sever")
    expect(page.locator("#content")).to_contain_text("10002")
    visit.open("/cart")
    place_cart(page, "nordvik")
    visit.open("/my/orders")
    for number in ("10001", "10002", "10003"):
        expect(page.get_by_role("link", name=f"№ {number}")).to_be_visible()


def test_without_scripts_on_a_phone_in_bulgarian(plain_visit: Visit) -> None:
    page = plain_visit.page
    page.set_viewport_size({"width": 390, "height": 844})
    plain_visit.sign_in("stoyanova")
    plain_visit.open("/shop/nordvik")
    page.locator("#tariff-web-start").get_by_role("button", name="Добавяне в количката").click()
    plain_visit.open("/checkout/nordvik")
    page.get_by_role("radio", name="Банков превод").check()
    page.get_by_role("button", name="Пускане на поръчката").click()
    expect(page.get_by_role("heading", name="Поръчка № 10001")).to_be_visible()


def press_to(page: Page, name: str) -> None:
    """Come to the link or button by Tab alone."""
    for _ in range(120):
        page.keyboard.press("Tab")
        words = page.evaluate("document.activeElement.innerText || ''")
        if str(words).strip().startswith(name):
            return
    raise AssertionError(f"nobody comes to {name} by keyboard")


def test_by_keyboard_from_the_cart_to_an_order(visit: Visit) -> None:
    page, world = visit.page, visit.world
    world.change(User, {"login": "balkan.media"}, language="en")
    visit.sign_in("balkan.media")
    visit.open("/cart")
    press_to(page, "Check out")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    press_to(page, "Place order")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()


def client_pages(client_id: int) -> tuple[str, ...]:
    return (
        "/",
        "/shop/sever",
        "/cart",
        "/checkout/sever",
        "/my/orders",
        "/my/history",
        "/my/services",
        "/orders/1",
        "/messages",
        "/messages/orders/1",
        "/notices",
        f"/clients/{client_id}/balance?provider=sever",
        "/account",
    )


def test_no_page_of_a_client_has_a_violation_or_scrolls_sideways(inspected_visit: Visit) -> None:
    visit = inspected_visit
    order = sent_router(visit.world)
    assert order.id == 1
    visit.sign_in("romashka")
    for path in client_pages(visit.world.client_id("romashka")):
        visit.open(path)
        visit.assert_good(path)
