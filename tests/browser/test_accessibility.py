"""Every page, in light and dark, wide and narrow: no violation that axe can find."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.letters import failed_letter
from tests.world import line

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/clients",
    "/orders",
    "/orders?query=nobody",
    "/clients/1/orders",
    "/clients/1/orders/new",
    "/orders/1",
    "/account",
    "/nowhere",
)
MONEY = (
    "/clients/1",
    "/clients/1/balance",
    "/clients/1/balance?account=points",
    "/clients/1/balance?provider=nordvik&change=credit",
    "/orders/1",
)
OF_A_CLIENT = ("/", "/clients/1/orders", "/clients/1/balance", "/orders/1")
ADMINISTRATION = (
    "/",
    "/clients/1",
    "/clients/new",
    "/providers",
    "/providers/nordvik",
    "/order-statuses/nordvik",
    "/order-statuses/nordvik/new",
    "/order-statuses/nordvik/status/active",
    "/order-statuses/nordvik/transitions",
    "/order-statuses/nordvik/older-orders",
    "/tariffs",
    "/tariffs/3",
    "/client-groups",
    "/client-groups/1",
    "/staff",
    "/staff/1",
    "/audit",
    "/audit?client=balkan.media&since=2026-01-01",
    "/clients/1/erase",
    "/staff/1/rights",
    "/permissions",
    "/permissions/log",
    "/permissions/see-as",
    "/permissions/departments/1",
    "/outbox",
    "/outbox?state=failed&to=nobody",
    "/outbox/1",
    "/mail/nordvik",
    "/mail/nordvik/account.signed_in/bg",
    "/registers/ledger?first=&last=",
    "/payments",
)


def test_no_page_has_a_violation(inspected_visit: Visit) -> None:
    visit = inspected_visit
    visit.world.place("maria", visit.world.order("balkan.media", line("web-start", "1 month")))
    for path in ("/sign-in", "/forgot-password"):
        assert_good(visit, path)
    visit.sign_in("maria")
    for path in PAGES:
        assert_good(visit, path)


def test_no_page_of_the_administration_has_one(inspected_visit: Visit) -> None:
    visit = inspected_visit
    failed_letter(visit.world)
    visit.sign_in("owner")
    for path in ADMINISTRATION:
        assert_good(visit, path)
    visit.open("/permissions/departments/1")
    visit.page.get_by_label("Key").fill("Not a key")
    visit.page.get_by_role("button", name="Save").click()
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.assert_good("a refused form")


def test_no_page_of_money_has_one(inspected_visit: Visit) -> None:
    visit = inspected_visit
    visit.world.place("maria", visit.world.order("balkan.media", line("web-start", "1 month")))
    visit.sign_in("petar")
    for path in MONEY:
        assert_good(visit, path)
    for summary in visit.page.locator("summary.btn").all():
        summary.click()
    visit.assert_good("every form open")
    visit.page.context.clear_cookies()
    visit.sign_in("balkan.media")
    for path in OF_A_CLIENT:
        assert_good(visit, path)


def assert_good(visit: Visit, path: str) -> None:
    visit.open(path)
    visit.assert_good(path)


LISTS = ("/permissions/log", "/providers", "/tariffs", "/staff", "/client-groups", "/account")
RUN_OUT = """rows => rows.flatMap(row => [...row.cells])
    .filter(cell => cell.scrollWidth > cell.clientWidth + 1).map(cell => cell.innerText)"""


@pytest.mark.parametrize("width", [1440, 768, 390])
def test_no_cell_of_a_list_runs_out_of_its_place(visit: Visit, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    visit.sign_in("owner")
    for path in LISTS:
        visit.open(path)
        rows = visit.page.locator("main tbody tr")
        assert rows.count(), path
        assert rows.evaluate_all(RUN_OUT) == [], path
