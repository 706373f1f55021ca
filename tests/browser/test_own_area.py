"""The client's own area: their history, their orders, their invoices, and nobody else's."""

import pytest
from playwright.sync_api import expect

from billing_panel.accounts.people.user_models import User
from tests.browser.conftest import Visit
from tests.world import line

pytestmark = pytest.mark.browser


@pytest.fixture
def at_home(visit: Visit) -> Visit:
    """Stoyanova, for whom Maria has placed order 10001; 10002 is of Balkan Media."""
    world = visit.world
    world.place("maria", world.order("stoyanova", line("web-start", "1 month", 2)))
    world.place("maria", world.order("balkan.media"))
    world.change(User, {"login": "stoyanova"}, language="en")
    visit.sign_in("stoyanova")
    return visit


def test_they_see_their_history_and_details_and_prints(at_home: Visit) -> None:
    page, home = at_home.page, at_home.world.client_id("stoyanova")
    at_home.open(f"/clients/{home}/orders")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("€11.76")
    expect(page.get_by_role("link", name="Continue shopping")).to_have_count(0)
    expect(page.get_by_role("link", name="Clients")).to_have_count(0)
    page.get_by_role("link", name="№ 10001").click()
    expect(page.get_by_role("heading", name="Order № 10001")).to_be_visible()
    expect(page.get_by_text("placed by Nordvik Hosting for Елена Стоянова")).to_be_visible()
    address = page.get_by_role("link", name="Print invoice").get_attribute("href")
    pdf = page.request.get(f"{at_home.address}{address}")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.body().startswith(b"%PDF-")


def test_what_is_not_theirs_is_not_there(at_home: Visit) -> None:
    page, world = at_home.page, at_home.world
    other = world.client_id("balkan.media")
    own = world.client_id("stoyanova")
    before = world.everything()
    for path in (
        "/orders/2",
        "/documents/2.pdf",
        f"/clients/{other}/orders",
        f"/clients/{other}/orders/new",
        f"/clients/{own}/orders/new",
    ):
        answer = page.request.get(at_home.address + path)
        assert answer.status in {403, 404}, path
        assert "Balkan" not in answer.text(), path
    assert world.everything() == before
