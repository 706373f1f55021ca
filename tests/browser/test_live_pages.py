"""Pages follow what happens: without a reload, and without taking what somebody is typing."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from billing_panel.accounts.people.user_models import User
from billing_panel.core.panel import EXTENSION
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.clock import FixedClock
from billing_panel.live import feed as feed_module
from billing_panel.runtime.app import create_app
from plugins.orders.checkout.change_cart import AddToCart, add_to_cart
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.models import Order
from tests.browser.conftest import Visit
from tests.browser.served_live import served
from tests.world import World, line, proposed

pytestmark = pytest.mark.browser
# places for live feeds in a process that has but one
ONE_PLACE = pytest.mark.parametrize("places", [1])


@pytest.fixture
def places() -> int:
    return 500


@pytest.fixture
def config(config: Config, places: int) -> Config:
    return replace(config, listeners=places)


@pytest.fixture
def app(config: Config, clock: FixedClock) -> Iterator[Flask]:
    """Made again: the reader of its feed begins once."""
    app = create_app(config, clock)
    app.testing = True
    yield app
    app.extensions[EXTENSION].database.close()


@pytest.fixture
def address(app: Flask, config: Config) -> Iterator[str]:
    with served(app, config) as address:
        yield address


@dataclass
class People:
    """Each has a browser of their own; what those complain of is kept."""

    browser: Browser
    address: str
    world: World
    visits: list[Visit] = field(default_factory=list)

    def visit(self, login: str, path: str) -> Visit:
        """Whoever signs in reads English, and looks at ``path``, which is live."""
        self.world.change(User, {"login": login}, language="en")
        visit = self.beside(self.browser.new_context(locale="en"))
        visit.sign_in(login)
        expect(visit.page.locator(".shell")).to_be_visible()
        visit.open(path)
        expect_live(visit.page)
        return visit

    def waiting(self, login: str, path: str) -> Visit:
        """The same, where the time of the browser can be turned on."""
        self.world.change(User, {"login": login}, language="en")
        context = self.browser.new_context(locale="en", bypass_csp=True)
        context.clock.install()
        visit = self.beside(context)
        visit.sign_in(login)
        expect(visit.page.locator(".shell")).to_be_visible()
        visit.open(path)
        return visit

    def beside(self, context: BrowserContext) -> Visit:
        """Another tab of a browser."""
        visit = Visit(context.new_page(), self.address, self.world)
        self.visits.append(visit)
        return visit


@pytest.fixture
def people(browser: Browser, address: str, world: World) -> Iterator[People]:
    people = People(browser, address, world)
    yield people
    for visit in people.visits:
        assert visit.complaints == []
        visit.page.context.close()


@pytest.fixture
def order(world: World) -> Order:
    command = world.order("balkan.media", line("web-start", "1 month"))
    return world.place("maria", command)[0]


def expect_live(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-live", "live")


def expect_late(page: Page) -> None:
    expect(page.get_by_text("Not live")).to_be_visible()


def asked_until_live(page: Page) -> None:
    """Until the server lets go of the place of a tab that was closed."""
    for _ in range(20):
        page.clock.fast_forward("00:31")
        with suppress(AssertionError):
            expect(page.locator("html")).to_have_attribute("data-live", "live", timeout=1_000)
            return
    expect_live(page)


def pay(world: World, order: Order, **part: str) -> None:
    """Maria takes cash for the whole order, or for an ``amount`` of it."""
    command = AdvanceOrder(order.id, "pay", fields={"payment_method": "cash", **part})
    actor = world.actor("maria")
    with world.database.writing() as session:
        advance_order(session, command, actor=actor, clock=world.clock)


def test_all_see_at_once_what_finance_and_staff_do(people: People, order: Order) -> None:
    path = f"/orders/{order.id}"
    petar, maria = people.visit("petar", path).page, people.visit("maria", "/orders").page
    client = people.visit("balkan.media", path).page
    balance = client.locator("a[href*=balance] >> text=€")
    expect(balance).to_have_text("€1,284.50")

    petar.locator("summary", has_text="Credit").click()
    form = petar.locator("form[data-changes=credit]")
    form.get_by_label("Amount").fill("100.00")
    form.get_by_label("How the money came").select_option(label="No money came: it is a gift")
    form.get_by_label("Reason").fill("a late delivery")
    form.get_by_role("button", name="Credit").click()
    expect(balance).to_have_text("€1,384.50")

    petar.locator("summary", has_text="Pay").click()
    petar.locator("#move-pay").get_by_label("Payment method").select_option("balance")
    petar.locator("#move-pay").get_by_role("button", name="Pay").click()
    expect(client.locator("#payment")).to_contain_text("Paid in full")
    expect(balance).to_have_text("€1,379.21")
    expect(client.locator("#live-said")).to_contain_text(f"Changed: Order № {order.number}.")
    row = maria.locator(f"#order-{order.id}")
    expect(row.locator(".c-status")).to_have_text("Paid")
    expect(maria.locator("#live-said")).to_have_text(f"Changed: Orders. № {order.number}, Paid")

    row.locator(".main-link").click()
    maria.get_by_role("button", name="Set up").click()
    for page in (petar, client):
        expect(page.locator("h1")).to_contain_text("Being set up")


def test_what_is_typed_stays_and_the_form_says_what_changed(people: People, order: Order) -> None:
    petar = people.visit("petar", f"/orders/{order.id}")
    page, form = petar.page, petar.page.locator("#move-pay")
    page.locator("summary", has_text="Pay").click()
    amount = form.get_by_label("Amount")
    amount.fill("2.50")
    amount.evaluate("field => field.setSelectionRange(1, 3)")
    pay(people.world, order)
    notice = form.locator("[data-live-notice]")
    expect(notice).to_contain_text(f"Changed since you opened this page: Order № {order.number}")
    expect(notice).to_contain_text("Maria Koleva")
    expect(page.locator("#payment")).to_contain_text("Paid in full")
    expect(amount).to_have_value("2.50")
    expect(amount).to_be_focused()
    assert amount.evaluate("field => [field.selectionStart, field.selectionEnd]") == [1, 3]
    notice.get_by_role("button", name="Look").click()
    expect(page.locator(".feed li").first).to_be_focused()
    notice.get_by_role("button", name="Keep typing").click()
    expect(notice).to_have_count(0)
    expect(amount).to_be_focused()
    form.get_by_label("Payment method").select_option("cash")
    form.get_by_role("button", name="Pay").click()
    expect(page.get_by_role("alert")).to_contain_text("Changed since you opened it:")
    petar.forgive(409)


def test_what_is_only_open_follows(people: People, order: Order) -> None:
    """Folds stay open, and what the form is sent with is of now."""
    page = people.visit("petar", f"/orders/{order.id}").page
    form = page.locator("#move-pay")
    page.locator("summary", has_text="Pay").click()
    form.get_by_label("Reference").focus()
    before = form.locator("[name=version]").input_value()
    pay(people.world, order, amount="1.00")
    expect(page.locator("#payment")).to_contain_text("Partly paid")
    expect(form.locator("[name=version]")).not_to_have_value(before)
    expect(form.get_by_label("Reference")).to_be_focused()
    expect(page.locator("[data-live-notice]")).to_have_count(0)


def test_a_form_of_the_administration_names_the_fields(people: People) -> None:
    path = f"/clients/{people.world.client_id('balkan.media')}"
    one, two = (people.visit("owner", path).page for _ in range(2))
    for page in (one, two):
        page.get_by_text("Edit", exact=True).click()
    one.get_by_label("Phone").fill("+359 2 000 000")
    two.get_by_label("E-mail", exact=True).fill("new@balkanmedia.example")
    two.get_by_role("button", name="Save", exact=True).click()
    notice = one.locator("[data-live-notice]")
    expect(notice).to_contain_text("Changed since you opened this page: Balkan Media OOD")
    expect(notice.get_by_role("listitem")).to_have_text("E-mail: new@balkanmedia.example")
    expect(one.get_by_label("Phone")).to_have_value("+359 2 000 000")


def test_the_menu_counts_exceptions(people: People) -> None:
    proposed(people.world, "stoyanova", "gpu-a16")
    page = people.visit("owner", "/tariffs").page
    expect(page.get_by_role("link", name="Exceptions (1)")).to_be_visible()
    proposed(people.world, "balkan.media", "gpu-a16")
    expect(page.get_by_role("link", name="Exceptions (2)")).to_be_visible()


def test_tabs_share_a_connection_and_the_next_takes_over(people: People, order: Order) -> None:
    first = people.visit("maria", "/orders")
    second = people.beside(first.page.context)
    begun: list[str] = []
    first.page.context.on("request", lambda asked: begun.append(asked.url))
    second.open(f"/orders/{order.id}")
    expect_live(second.page)
    assert [url for url in begun if "/live?from=" in url] == []
    first.page.close()
    pay(people.world, order)
    # the lock of a closed tab is let go by the browser when it comes to it
    expect(second.page.locator("h1")).to_contain_text("Paid", timeout=20_000)
    assert [url for url in begun if "/live?from=" in url] != []
    expect_live(second.page)


@ONE_PLACE
def test_without_a_place_a_page_asks_now_and_then(people: People, order: Order) -> None:
    first = people.visit("maria", "/orders")
    second = people.waiting("petar", f"/orders/{order.id}")
    expect_late(second.page)
    assert second.violations() == []
    pay(people.world, order)
    second.page.clock.fast_forward("00:31")
    expect(second.page.locator("h1")).to_contain_text("Paid")
    first.page.close()
    asked_until_live(second.page)
    expect(second.page.get_by_text("Not live")).to_be_hidden()


def test_who_signs_out_is_told_in_every_tab(people: People) -> None:
    first = people.visit("maria", "/orders")
    second = people.beside(first.page.context)
    second.open("/account")
    second.page.get_by_role("button", name="My account").click()
    second.page.get_by_role("button", name="Sign out").click()
    again = first.page.get_by_role("link", name="Sign in again")
    expect(again).to_have_attribute("href", "/sign-in?next=/orders")
    first.forgive(401)


def test_what_is_written_is_there_at_once_on_both_sides(people: People, order: Order) -> None:
    """P6: the pill turns green, and the answer comes without a reload."""
    maria = people.visit("maria", f"/orders/{order.id}").page
    georgi = people.visit("georgi", f"/orders/{order.id}").page
    client = people.visit("balkan.media", f"/messages/orders/{order.id}").page
    green, grey = maria.locator("[data-pill=new]"), maria.locator("[data-pill=all]")
    expect(green).to_have_count(0)
    client.get_by_label("Message", exact=True).fill("When is it ready?")
    client.get_by_role("button", name="Send").click()
    expect(green).to_contain_text("1")
    expect(grey).to_contain_text("1")
    card = maria.locator("#correspondence")
    expect(card).to_contain_text("When is it ready?")
    answer = card.locator(f"#answer-order-{order.id}")
    answer.get_by_label("Message", exact=True).fill("Tomorrow, **surely**.")
    answer.get_by_role("button", name="Send").click()
    expect(client.locator(".thread strong")).to_have_text("surely")
    # one number for all of them
    expect(georgi.locator("[data-pill=new]")).to_have_count(0)
    expect(georgi.locator("[data-pill=all]")).to_contain_text("2")
    answer = georgi.locator(f"#answer-order-{order.id}")
    answer.get_by_role("radio", name="Internal note").check()
    answer.get_by_label("Message", exact=True).fill("Wolpertinger")
    answer.get_by_role("button", name="Send").click()
    expect(card).to_contain_text("Wolpertinger")
    expect(client.locator("body")).not_to_contain_text("Wolpertinger")


def test_a_page_made_otherwise_is_not_put_in_place(people: People, order: Order) -> None:
    """In another language, for somebody else, before an upgrade."""
    first = people.visit("maria", "/orders")
    second = people.beside(first.page.context)
    second.open("/account")
    second.page.get_by_role("button", name="My account").click()
    second.page.locator(".menu").get_by_role("button", name="Русский").click()
    expect(second.page.locator("html")).to_have_attribute("lang", "ru")
    pay(people.world, order)
    again = first.page.get_by_role("link", name="Out of date: reload")
    expect(again).to_have_attribute("href", "/orders")
    expect(first.page.locator(f"#order-{order.id} .c-status")).to_have_text("Awaiting payment")


def test_a_cart_is_one_thing_on_both_sides(people: People) -> None:
    """H8, D5: what the client puts in staff see, order at once, and the client sees that."""
    client_id = people.world.client_id("stoyanova")
    client = people.visit("stoyanova", "/cart").page
    maria = people.visit("maria", f"/clients/{client_id}/orders/new").page
    active = people.beside(client.context)
    active.open("/my/orders")
    picks, positions = maria.locator("#cart [name=cart]"), client.locator(".position")
    expect(picks).to_have_count(3)
    for left in (2, 1, 0):
        client.get_by_role("button", name="Remove").first.click()
        expect(positions).to_have_count(left)
    expect(maria.locator("#cart")).to_have_count(0)
    expect(active.page.get_by_role("link", name="Cart", exact=True)).to_be_visible()

    client.goto(f"{people.address}/shop/nordvik")
    client.locator("#tariff-sfp-10g").get_by_role("button", name="Add for points").click()
    expect(picks).to_have_count(1)
    said = "Елена Стоянова added SFP+ 10G module"
    expect(maria.locator(".cart-news li").first).to_contain_text(said)
    expect(maria.locator("#live-said")).to_contain_text(said)
    client.locator("#tariff-dedicated-ex64").get_by_role("button", name="Add to cart").click()
    expect(picks).to_have_count(2)
    expect(active.page.get_by_role("link", name="Cart (2)")).to_be_visible()

    for pick in picks.all():
        pick.check()
    expect(maria.locator("#summary")).to_contain_text("3,800")
    maria.get_by_role("button", name="Place order").click()
    expect(maria.get_by_role("heading", name="Order № 10001")).to_be_visible()
    expect(active.page.get_by_role("link", name="№ 10001")).to_be_visible()
    expect(active.page.get_by_role("link", name="Cart", exact=True)).to_be_visible()
    # a page that nobody saw meanwhile
    client.bring_to_front()
    expect(client.locator("#cart")).to_contain_text("Your cart is empty.")


def test_what_staff_put_into_a_cart_its_client_sees_as_the_providers(people: People) -> None:
    world = people.world
    client = people.visit("stoyanova", "/cart").page
    command = AddToCart(world.client_id("stoyanova"), None, line("web-start", "1 month"))
    with world.database.writing() as session:
        add_to_cart(session, command, actor=world.actor("owner"), clock=world.clock)
    said = "Nordvik Hosting added Web Start"
    expect(client.locator(".cart-news")).to_contain_text(said)
    expect(client.locator("#live-said")).to_contain_text(said)
    expect(client.locator("body")).not_to_contain_text("Ada Owner")


def test_who_was_away_for_long_sees_everything_anew(
    people: People, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_module, "MOST_BEHIND", 2)
    maria = people.visit("maria", "/account")

    def late(route: Route) -> None:
        for _ in range(3):
            pay(people.world, order, amount="1.00")
        route.continue_()

    maria.page.route("**/live?*", late, times=1)
    maria.page.add_init_script(
        "document.addEventListener('live:reset', () => document.body.toggleAttribute('data-reset'))"
    )
    maria.open(f"/orders/{order.id}")
    expect(maria.page.locator("body[data-reset]")).to_be_visible()
    expect(maria.page.locator("#payment")).to_contain_text("Partly paid")
    expect(maria.page.locator("#live-said")).to_contain_text(f"Order № {order.number}")
