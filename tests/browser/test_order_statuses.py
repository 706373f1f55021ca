"""The owner shapes how orders run: a status of their own, moved up, reached by hand."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from billing_panel.accounts.companies.provider_models import Provider
from plugins.orders.store.versions.workflow_store import file_of, running_version
from plugins.orders.workflow.file.set_by_hand_matrix import cells
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def running(visit: Visit) -> tuple[int, WorkflowFile]:
    with visit.world.database.reading() as session:
        provider = session.scalars(select(Provider).filter_by(key="nordvik")).one()
        version = running_version(session, provider)
        return version.number, file_of(version)


def make_a_status(visit: Visit) -> None:
    """From the menu to a status that is switched off and that no order can come to."""
    page = visit.page
    visit.sign_in("owner")
    page.get_by_role("link", name="Order statuses").first.click()
    page.get_by_role("link", name="New status").click()
    page.get_by_label("English").fill("Being checked")
    page.get_by_label("Русский").fill("На проверке")
    page.get_by_label("Български").fill("Проверява се")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Being checked")).to_be_visible()
    expect(page.get_by_text("no order can reach it")).to_be_visible()


def let_it_be_reached(visit: Visit) -> None:
    """Two cells of the matrix: staged, reviewed in words, saved."""
    page = visit.page
    visit.open("/order-statuses/nordvik/transitions")
    page.get_by_label("From “Awaiting payment” staff may set “Being checked”").check()
    page.get_by_label("From “Being checked” staff may set “Paid”").check()
    page.get_by_role("button", name="Review the changes").click()
    review = page.get_by_role("region", name="Review the changes")
    expect(review).to_contain_text("From “Awaiting payment” staff can set: “Being checked”.")
    expect(review).to_contain_text("From “Being checked” staff can set: “Paid”.")
    review.get_by_role("button", name="Save").click()
    expect(page.get_by_text("New orders follow version 3.")).to_be_visible()


def switch_on_and_move_up(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("link", name="Statuses", exact=True).click()
    page.get_by_label("“Being checked” is switched on").check()
    for _ in range(7):
        page.get_by_role("button", name="Move “Being checked” up").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("New orders follow version 4.")).to_be_visible()


def expect_done(visit: Visit) -> None:
    number, file = running(visit)
    assert number == 4
    assert [status.key for status in file.status][:3] == [
        "awaiting_payment",
        "being_checked",
        "paid",
    ]
    assert file.status[1].enabled
    assert cells(file) == {("awaiting_payment", "being_checked"), ("being_checked", "paid")}


def test_a_status_is_made_reached_moved_up_and_switched_on(visit: Visit) -> None:
    make_a_status(visit)
    let_it_be_reached(visit)
    switch_on_and_move_up(visit)
    expect_done(visit)


def test_the_same_without_scripts(plain_visit: Visit) -> None:
    make_a_status(plain_visit)
    let_it_be_reached(plain_visit)
    switch_on_and_move_up(plain_visit)
    expect_done(plain_visit)


def test_by_keyboard_a_status_moves_as_often_as_enter_is_pressed(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/order-statuses/nordvik")
    up = page.get_by_role("button", name="Move “Active” up")
    up.focus()
    for place in ("4", "3", "2"):
        page.keyboard.press("Enter")
        expect(page.locator("[data-row]", has=up).locator(".place")).to_have_text(place)
        expect(up).to_be_focused()
    assert running(visit)[0] == 1


def test_what_is_changed_is_marked_and_counted_until_it_is_as_before(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/order-statuses/nordvik")
    bar = page.locator(".savebar")
    switch = page.get_by_label("“Expired” is switched on")
    expect(bar).to_be_hidden()
    switch.uncheck()
    page.get_by_label("Stock effect of “Paid”").select_option("goes down")
    expect(bar).to_contain_text("Changed: 2")
    switch.check()
    expect(bar).to_contain_text("Changed: 1")
    bar.get_by_role("link", name="Discard").click()
    expect(bar).to_be_hidden()
    assert running(visit)[0] == 1


def test_a_refusal_is_told_and_what_was_changed_is_still_there(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/order-statuses/nordvik")
    before = visit.world.everything()
    switch = page.get_by_label("“Awaiting payment” is switched on")
    switch.uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("A new order can’t start")
    expect(switch).not_to_be_checked()
    assert visit.world.everything() == before
    visit.forgive(422)
