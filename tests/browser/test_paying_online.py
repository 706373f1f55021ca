"""The client leaves for the payment system, is declined, and then pays (W3, W4)."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.process.config import Config
from tests.browser.conftest import Visit
from tests.businesses import CLIENT, Business, opened
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Bound before the panel is made, which hands out addresses of its own."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        yield bound


@pytest.fixture
def config(config: Config, listener: socket.socket) -> Config:
    return replace(config, public_url=f"http://127.0.0.1:{listener.getsockname()[1]}")


@pytest.fixture
def address(app: Flask, config: Config, listener: socket.socket) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield config.public_url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def shop(world: World) -> Business:
    return opened(world, "webshop")


def test_an_order_is_left_for_the_sandbox_declined_and_then_paid(
    visit: Visit, shop: Business
) -> None:
    order_id = shop.place(by=CLIENT, method="card_gateway")
    visit.world.change(User, {"login": CLIENT}, language="en")
    visit.sign_in(CLIENT)
    page = visit.page
    visit.open(f"/orders/{order_id}")
    page.get_by_role("button", name="Pay by card").click()
    expect(page.get_by_role("heading", name="Sandbox payment")).to_be_visible()
    assert shop.status(order_id) == "incomplete"
    page.get_by_role("button", name="Decline the payment").click()
    expect(page.get_by_text("the shop accepted it")).to_be_visible()
    assert shop.status(order_id) == "payment_failed"
    page.get_by_role("link", name="Back to the shop").click()
    expect(page.get_by_text("The payment didn’t go through")).to_be_visible()
    page.get_by_role("link", name="Open the order").click()
    page.get_by_role("button", name="Pay by card").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_text("the shop accepted it")).to_be_visible()
    assert shop.status(order_id) == "new"
    page.get_by_role("link", name="Back to the shop").click()
    expect(page.get_by_text("has confirmed the payment")).to_be_visible()
    page.get_by_role("link", name="Open the order").click()
    expect(page.get_by_role("button", name="Pay by card")).to_have_count(0)
    assert shop.order(order_id).left == 0


def test_without_scripts_the_client_leaves_and_comes_back_too(
    plain_visit: Visit, shop: Business
) -> None:
    order_id = shop.place(by=CLIENT, method="card_gateway")
    plain_visit.world.change(User, {"login": CLIENT}, language="en")
    plain_visit.sign_in(CLIENT)
    page = plain_visit.page
    plain_visit.open(f"/orders/{order_id}")
    page.get_by_role("button", name="Pay by card").click()
    page.get_by_role("button", name="Put it under review").click()
    page.get_by_role("link", name="Back to the shop").click()
    expect(page.get_by_text("is still reviewing the payment")).to_be_visible()
    assert shop.status(order_id) == "awaiting_payment"
