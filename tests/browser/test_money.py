"""Money as people move it: the balance after as one types, paying from balance and with points."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.rules.eligibility_facts import Tender
from tests.browser.conftest import PASSWORD, Visit
from tests.world import line

pytestmark = pytest.mark.browser
SFP = line("sfp-10g", "once", pay_with=Tender.POINTS)


@pytest.fixture
def english(visit: Visit) -> Visit:
    for login in ("stoyanova", "balkan.media"):
        visit.world.change(User, {"login": login}, language="en")
    return visit


def open_form(page: Page, name: str) -> None:
    page.locator("summary", has_text=re.compile(f"^{name}…")).click()


def second_person(browser: Browser, visit: Visit, login: str) -> Page:
    """Signed in beside, in a browser of their own."""
    visit.give_password(login)
    page = browser.new_page()
    page.goto(f"{visit.address}/sign-in")
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button[type=submit]").click()
    expect(page.locator(".me")).to_be_visible()
    return page


def test_stoyanova_pays_the_module_with_points(english: Visit) -> None:
    page, world = english.page, english.world
    (order,) = world.place("maria", world.order("stoyanova", SFP, method="points"))
    english.sign_in("stoyanova")
    page.get_by_role("link", name="My orders").click()
    page.get_by_role("link", name=f"№ {order.number}").click()
    open_form(page, "Pay")
    page.get_by_label("Payment method").select_option(label="Points")
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.locator("#payment")).to_contain_text("Paid in full")
    expect(page.locator("#payment")).to_contain_text("3,800 points")
    page.get_by_role("link", name="My balance").click()
    expect(page.locator(".money")).to_contain_text("1,320 points")
    page.get_by_role("link", name="Points", exact=True).click()
    expect(page.locator("[data-row]").first).to_contain_text("−3,800 points")


def test_balkan_media_is_credited_sees_it_at_once_and_pays(
    english: Visit, browser: Browser
) -> None:
    page, world = english.page, english.world
    (order,) = world.place("maria", world.order("balkan.media", line("web-start", "1 month")))
    client = second_person(browser, english, "balkan.media")
    client.goto(f"{english.address}/clients/{order.client_id}/balance")
    expect(client.locator(".money .sum")).to_have_text("€1,284.50")
    english.sign_in("petar")
    english.open(f"/orders/{order.id}")
    open_form(page, "Credit")
    form = page.locator("form[data-changes=credit]")
    expect(form.locator("[data-result]")).to_be_hidden()
    form.get_by_label("Amount").fill("15,5")
    expect(form.locator("[data-result]")).to_contain_text("€1,300.00")
    form.get_by_label("Amount").fill("15.501")
    expect(form.locator("[data-result]")).to_be_hidden()
    form.get_by_label("Amount").fill("15.50")
    form.get_by_label("How the money came").select_option(label="No money came: it is a gift")
    form.get_by_label("Reason").fill("a late delivery")
    form.get_by_role("button", name="Credit").click()
    expect(page.locator(".toast")).to_contain_text("The balance is now €1,300.00.")
    client.reload()
    expect(client.locator(".money .sum")).to_have_text("€1,300.00")
    expect(client.locator("[data-row]").first).to_contain_text("a late delivery")
    client.goto(f"{english.address}/orders/{order.id}")
    open_form(client, "Pay")
    client.get_by_label("Amount").fill("2")
    client.get_by_role("button", name="Pay", exact=True).click()
    expect(client.locator("#payment")).to_contain_text("Partly paid")
    open_form(client, "Pay")
    client.get_by_role("button", name="Pay", exact=True).click()
    expect(client.locator("#payment")).to_contain_text("Paid in full")
    page.reload()
    expect(page.locator("#payment")).to_contain_text("Paid in full")
    client.close()


def test_a_debit_shows_that_it_goes_too_far(english: Visit) -> None:
    page = english.page
    english.sign_in("petar")
    english.open("/clients/1/balance?provider=nordvik&change=debit")
    form = page.locator("form[data-changes=debit]")
    form.get_by_label("Amount").fill("2000")
    expect(form.locator("[data-result] dd")).to_have_class(re.compile("bad"))
    form.get_by_label("Reason").fill("fee")
    form.get_by_role("button", name="Debit").click()
    expect(page.get_by_role("alert")).to_contain_text("There are €1,284.50; €2,000.00 are needed.")
    expect(form.get_by_label("Amount")).to_have_value("2000")
    english.forgive(422)


def test_without_scripts_the_first_press_shows_and_the_second_means(plain_visit: Visit) -> None:
    page = plain_visit.page
    plain_visit.sign_in("petar")
    plain_visit.open("/clients/1/balance?provider=nordvik&change=credit")
    form = page.locator("form[data-changes=credit]")
    form.get_by_label("Amount").fill("15.50")
    form.get_by_label("How the money came").select_option(label="No money came: it is a gift")
    form.get_by_label("Reason").fill("gift")
    form.get_by_role("button", name="Credit").click()
    expect(page.get_by_role("alert")).to_contain_text("The balance afterwards: €1,300.00.")
    expect(form.locator("[data-result]")).to_contain_text("€1,300.00")
    form.get_by_role("button", name="Credit").click()
    expect(page.locator(".money .sum")).to_have_text("€1,300.00")
