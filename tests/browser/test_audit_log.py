"""From an order to what happened to it, a filter put on and taken off, and a client forgotten."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from billing_panel.ledger.models import LedgerAccount
from tests.browser.conftest import Visit
from tests.world import line

pytestmark = pytest.mark.browser


def test_the_log_is_followed_from_an_order_and_saved(visit: Visit) -> None:
    page, world = visit.page, visit.world
    world.place("maria", world.order("stoyanova", line("web-start", "1 month")))
    visit.sign_in("owner")
    visit.open("/orders/1")
    page.get_by_role("main").get_by_role("link", name="Audit log").click()
    rows = page.locator("[data-row]")
    expect(rows.filter(has_text="Placed")).to_contain_text("Total: €5.88")
    expect(rows.filter(has_text="Placed")).to_contain_text("Maria Koleva")
    page.get_by_role("link", name="Remove the filter").click()
    page.get_by_label("What happened").select_option("Document issued")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(rows).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save as CSV").click()
    assert saved.value.suggested_filename == "audit.csv"
    page.get_by_label("Until").fill("2020-01-01")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("No such events")).to_be_visible()
    page.get_by_role("link", name="Clear filters").click()
    expect(rows.nth(1)).to_be_visible()


def test_a_client_is_erased_without_javascript(plain_visit: Visit) -> None:
    page, world = plain_visit.page, plain_visit.world
    client_id = world.client_id("stoyanova")
    with world.database.writing() as session:
        for account in session.scalars(select(LedgerAccount).filter_by(client_id=client_id)):
            account.balance = 0
    plain_visit.sign_in("owner")
    plain_visit.open(f"/clients/{client_id}")
    page.get_by_role("link", name="Erase…").click()
    expect(page.get_by_text("The entire ledger.")).to_be_visible()
    page.get_by_role("button", name="Erase permanently").click()
    expect(page.get_by_text("This client’s personal data was erased on")).to_be_visible()
    plain_visit.open("/clients")
    expect(page.get_by_text("Стоянова")).to_have_count(0)
