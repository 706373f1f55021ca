"""Placing twice gives one order: the page has a request key, and the same key is the same order.

A tab opened again is another page with a key of its own, so what is placed there is another order.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.new_order import choose, expect_placed, orders_in, path_of, place

pytestmark = pytest.mark.browser

KEY = "[name=request_key]"


@pytest.fixture
def chosen(visit: Visit) -> Visit:
    """Maria has chosen a Web Start for Stoyanova."""
    visit.sign_in("maria")
    visit.open(path_of(visit.world, "stoyanova"))
    choose(visit.page, "Web Start", 1, "€5.88")
    return visit


def another_tab(visit: Visit) -> Page:
    tab = visit.page.context.new_page()
    tab.goto(visit.page.url)
    return tab


def duplicated_tab(visit: Visit) -> Page:
    """As some browsers duplicate it: with all that stands in the form, the key too."""
    key = visit.page.locator(KEY).input_value()
    tab = another_tab(visit)
    tab.eval_on_selector(KEY, "(field, key) => { field.value = key }", key)
    return tab


def test_a_double_click_without_javascript(plain_visit: Visit) -> None:
    visit, page = plain_visit, plain_visit.page
    visit.sign_in("maria")
    visit.open(path_of(visit.world, "stoyanova"))
    page.get_by_label("Quantity of Web Start").fill("1")
    place(page)
    page.get_by_role("button", name="Place order").dblclick()
    expect_placed(page)
    assert orders_in(visit) == 1


def test_reload_after_placing(chosen: Visit) -> None:
    place(chosen.page)
    expect_placed(chosen.page)
    after = chosen.world.everything()
    chosen.page.reload()
    expect_placed(chosen.page)
    assert chosen.world.everything() == after


def test_back_and_place_again(chosen: Visit) -> None:
    page = chosen.page
    place(page)
    expect_placed(page)
    after = chosen.world.everything()
    page.go_back()
    place(page)
    expect(page.locator("#summary .error")).to_have_text("Choose at least one line.")
    assert chosen.world.everything() == after
    chosen.forgive(422)


def test_a_duplicated_tab_leads_to_the_same_order(chosen: Visit) -> None:
    tab = duplicated_tab(chosen)
    choose(tab, "Web Start", 1, "€5.88")
    place(chosen.page)
    expect_placed(chosen.page)
    after = chosen.world.everything()
    place(tab)
    expect_placed(tab)
    assert tab.url == chosen.page.url
    assert chosen.world.everything() == after


def test_a_duplicated_tab_in_which_something_else_is_chosen_asks_first(chosen: Visit) -> None:
    tab = duplicated_tab(chosen)
    choose(tab, "Web Start", 2, "€11.76")
    place(chosen.page)
    expect_placed(chosen.page)
    after = chosen.world.everything()
    place(tab)
    expect(tab.get_by_role("alert")).to_contain_text("was used for something else")
    expect(tab.get_by_label("Quantity of Web Start")).to_have_value("2")
    assert chosen.world.everything() == after
    place(tab)
    expect_placed(tab, 10002)
    assert orders_in(chosen) == 2


def test_two_tabs_opened_by_themselves_are_two_orders(chosen: Visit) -> None:
    tab = another_tab(chosen)
    choose(tab, "Web Start", 1, "€5.88")
    place(chosen.page)
    expect_placed(chosen.page)
    place(tab)
    expect_placed(tab, 10002)
    assert orders_in(chosen) == 2
