"""Lists of rows in the administration grow by a button, without a save for each few."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_a_price_typed_into_an_added_row_is_saved(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.open("/tariffs/3")
    page = visit.page
    rows = page.locator("[data-rows-of=prices] tr")
    before = rows.count()
    page.get_by_role("button", name="Add a row: Prices").click()
    expect(rows).to_have_count(before + 1)
    expect(page.get_by_label(f"Months, 0 = one-off, row {before + 1}")).to_be_focused()
    page.keyboard.type("36")
    page.get_by_label(f"Price, row {before + 1}", exact=True).fill("540.00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_be_visible()
    expect(page.locator("[data-rows-of=prices] input[value='540.00']")).to_be_visible()


def test_a_row_of_many_fields_is_added_with_what_it_begins_with(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.open("/tariffs/3")
    page = visit.page
    rows = page.locator("[data-rows-of=options] fieldset.row-form")
    before = rows.count()
    page.get_by_role("button", name="Add a row: Options").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(before + 1)
    added = rows.last
    expect(added.get_by_label("Key")).to_be_focused()
    expect(added.get_by_label("Step")).to_have_value("1")
    expect(added.get_by_label(f"Remove row {before + 1}")).not_to_be_checked()
