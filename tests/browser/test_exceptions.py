"""An exception in the browser: Maria proposes where she is refused, Georgi approves, she orders."""

import pytest
from playwright.sync_api import expect

from billing_panel.accounts.companies.provider_models import Provider
from permissions.models import StaffFunction
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(visit: Visit) -> Visit:
    """Nordvik makes exceptions; Maria may propose them, Georgi approve."""
    world = visit.world
    world.change(Provider, {"key": "nordvik"}, exceptions_allowed=True)
    hands = {"maria": "orders:exception:propose", "georgi": "orders:exception:approve"}
    for login, function in hands.items():
        staff_id = world.actor(login).staff_id
        with world.database.writing() as session:
            session.add(StaffFunction(staff_id=staff_id, function=function, on=True))
    return visit


def change_to(visit: Visit, login: str) -> None:
    # whatever the page still asks for would bring its cookie back
    visit.page.goto("about:blank")
    visit.page.context.clear_cookies()
    visit.sign_in(login)
    expect(visit.page.get_by_role("link", name="Home")).to_be_visible()


def test_one_proposes_another_approves_and_the_order_says_so(desk: Visit) -> None:
    page, client = desk.page, desk.world.client_id("stoyanova")
    change_to(desk, "maria")
    desk.open(f"/clients/{client}/orders/new")
    row = page.locator("[data-tariff*='gpu-a16']")
    expect(row).to_contain_text("Only for clients with a signed contract")
    expect(row.get_by_label("Quantity of GPU A-16")).to_have_count(0)
    row.get_by_role("link", name="Propose an exception…").click()
    expect(page.get_by_label("Tariff")).to_have_value("gpu-a16")
    expect(page.get_by_label("What is allowed")).to_have_value("group_not_allowed")
    # a reason is asked for, and nothing that was chosen is lost
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Give a reason.")).to_be_visible()
    desk.forgive(422)
    expect(page.get_by_label("Tariff")).to_have_value("gpu-a16")
    page.get_by_label("Reason").fill("The contract is being signed")
    page.get_by_role("button", name="Propose").click()
    expect(page.get_by_text("Awaiting a decision")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    change_to(desk, "georgi")
    page.get_by_role("link", name="Exceptions (1)").click()
    expect(page.get_by_text("The contract is being signed")).to_be_visible()
    page.get_by_label("Reason").fill("I have seen it")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved", exact=True)).to_be_visible()

    change_to(desk, "maria")
    desk.open(f"/clients/{client}/exceptions")
    page.get_by_role("link", name="Use it in an order").click()
    expect(page.get_by_label("Exception approved")).to_be_checked()
    page.get_by_label("Quantity of GPU A-16").fill("1")
    expect(page.locator("[data-summary] .line")).to_contain_text("GPU A-16")
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()
    used = page.locator(".banner", has_text="By exception: GPU A-16")
    expect(used).to_contain_text("Proposed by Maria Koleva: The contract is being signed")
    expect(used).to_contain_text("Approved by Georgi Dimitrov: I have seen it")
    expect(page.locator(".feed")).to_contain_text("By exception: GPU A-16")
    desk.open(f"/clients/{client}/orders/new")
    expect(row.get_by_label("Exception approved")).to_have_count(0)


def test_without_the_setting_nothing_of_it_is_there(visit: Visit) -> None:
    page, client = visit.page, visit.world.client_id("stoyanova")
    change_to(visit, "owner")
    visit.open(f"/clients/{client}/orders/new")
    expect(page.get_by_role("link", name="Propose an exception…")).to_have_count(0)
    expect(page.get_by_role("link", name="Exceptions")).to_have_count(0)
