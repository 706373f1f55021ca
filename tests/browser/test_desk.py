"""Two operators and a client at one desk (D6 to D13): each sees at once what the others do."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from billing_panel.accounts.people.user_models import User
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.runtime.app import create_app
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from tests.browser.conftest import Visit
from tests.browser.served_live import served
from tests.businesses import CLIENT, HOSTING, ROUTER, Business, opened
from tests.world import World, hold_only

pytestmark = pytest.mark.browser

OPERATOR = (
    OrdersFunction.ORDER_READ,
    OrdersFunction.PRICE_READ,
    OrdersFunction.HISTORY_READ,
    OrdersFunction.STATUS_CHANGE,
    OrdersFunction.LINE_DELIVER,
    OrdersFunction.PAYMENT_RECORD,
    PanelFunction.CLIENT_READ,
    PanelFunction.BALANCE_READ,
    "messages:message:read",
    "messages:message:write",
)
Coming = Callable[[str, str], Page]


@pytest.fixture
def app(config: Config, clock: FixedClock) -> Iterator[Flask]:
    app = create_app(replace(config, listeners=500), clock)
    app.testing = True
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def address(app: Flask, config: Config) -> Iterator[str]:
    with served(app, config) as address:
        yield address


@pytest.fixture
def desk(world: World) -> Business:
    opened(world, "desk")
    for login in ("maria", "petar"):
        hold_only(world, login, *OPERATOR)
    return Business(world)


@pytest.fixture
def comes(browser: Browser, address: str, world: World) -> Iterator[Coming]:
    """``comes("maria", "/")``: she signs in in a browser of her own, and looks at that page."""
    with ExitStack() as stack:

        def come(login: str, path: str) -> Page:
            world.change(User, {"login": login}, language="en")
            context = browser.new_context(locale="en")
            stack.callback(context.close)
            visit = Visit(context.new_page(), address, world)
            visit.sign_in(login)
            expect(visit.page.locator(".shell")).to_be_visible()
            visit.open(path)
            expect(visit.page.locator("html")).to_have_attribute("data-live", "live")
            return visit.page

        yield come


def row(page: Page, order_id: int) -> Locator:
    return page.locator(f'[data-bar-order="{order_id}"]')


def opens(page: Page, order_id: int, step: str) -> None:
    """From the bar, which stays where the page is."""
    page.locator(f'[data-bar-order="{order_id}"] a', has_text=step).click()
    expect(page.locator("#desk-dialog")).to_be_visible()


def confirms(page: Page, action: str) -> None:
    dialog = page.locator("#desk-dialog")
    expect(dialog.get_by_text("What happens:")).to_be_visible()
    dialog.get_by_role("button", name=f"Yes: {action}").click()
    expect(dialog.locator("[data-desk-order]")).to_be_visible()


def test_the_day_of_two_operators(desk: Business, comes: Coming) -> None:
    maria, petar = comes("maria", "/notices"), comes("petar", "/clients")
    for page in (maria, petar):
        page.locator("#orders-bar summary").click()
        expect(page.locator("#orders-bar")).to_contain_text("No orders are waiting.")

    # the client sends an order: both operators see it
    order_id = desk.place(HOSTING, ROUTER, by=CLIENT, method="cash", note="Ring twice")
    client = comes(CLIENT, f"/orders/{order_id}")
    for page in (maria, petar):
        expect(row(page, order_id)).to_contain_text("Ring twice")
        expect(row(page, order_id)).to_contain_text("€65.00")

    # both look at it; what petar types stays once maria has taken it, and petar is told at once
    opens(petar, order_id, "Accept")
    note = petar.locator("#desk-dialog textarea").first
    note.fill("Petar typed this")
    opens(maria, order_id, "Accept")
    dialog = maria.locator("#desk-dialog")
    expect(dialog).to_contain_text("Reserved")
    dialog.locator("#move-accept button[type=submit]").click()
    expect(dialog).to_contain_text("Accepted")
    expect(petar.locator("#desk-dialog")).to_contain_text("Taken by Maria Koleva")
    expect(petar.locator("#desk-dialog textarea").first).to_have_value("Petar typed this")
    petar.keyboard.press("Escape")
    expect(row(petar, order_id)).to_contain_text("taken by Maria Koleva")
    expect(row(maria, order_id)).to_contain_text("yours")
    # the debt appears at the client
    expect(client.locator("#payment")).to_contain_text("of which debt")

    # lines one by one
    dialog.get_by_label("1 × Hosting").check()
    dialog.get_by_role("button", name="Mark delivered").click()
    expect(dialog.locator(".badge", has_text="Delivered")).to_have_count(1)
    dialog.get_by_label("1 × Router").check()
    dialog.get_by_role("button", name="Mark delivered").click()
    expect(dialog.locator(".badge", has_text="Delivered")).to_have_count(2)

    # paid in another way than the client meant; then it is complete and leaves the bar
    dialog.locator("#move-pay summary").click()
    dialog.locator("#move-pay select").select_option("card_at_desk")
    dialog.locator("#move-pay button[type=submit]").click()
    expect(dialog).to_contain_text("Completed")
    maria.keyboard.press("Escape")
    for page in (maria, petar):
        expect(row(page, order_id)).to_have_count(0)
    expect(client.locator("#payment")).to_contain_text("Paid in full")
    assert maria.url.endswith("/notices")


def test_what_becomes_of_three_others(desk: Business, comes: Coming) -> None:
    maria, petar = comes("maria", "/notices"), comes("petar", "/notices")
    declined, voided, unpaid = (desk.place(ROUTER, by=CLIENT, method="cash") for _ in range(3))
    for page in (maria, petar):
        page.locator("#orders-bar summary").click()

    opens(maria, declined, "Cancel")
    maria.locator("#move-cancel button[type=submit]").last.click()
    confirms(maria, "Cancel")
    maria.keyboard.press("Escape")
    expect(row(petar, declined)).to_have_count(0)
    assert desk.status(declined) == "cancelled"

    opens(petar, voided, "Accept")
    petar.locator("#move-accept button[type=submit]").click()
    expect(petar.locator("#desk-dialog")).to_contain_text("Accepted")
    petar.keyboard.press("Escape")
    opens(petar, voided, "Void")
    petar.locator("#move-void button[type=submit]").last.click()
    confirms(petar, "Void")
    petar.keyboard.press("Escape")
    expect(row(maria, voided)).to_have_count(0)
    assert desk.stands().debt == 0

    opens(maria, unpaid, "Complete")
    maria.locator("#move-complete button[type=submit]").last.click()
    expect(maria.locator("#desk-dialog")).to_contain_text("Completed")
    client = comes(CLIENT, f"/orders/{unpaid}")
    expect(client.locator("#payment")).to_contain_text("€60.00")
    assert desk.stands().debt == 6_000
