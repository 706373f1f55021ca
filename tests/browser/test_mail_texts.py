"""Somebody writes a text of mail, looks at it again and again, and saves it."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def test_a_text_is_shown_as_it_is_typed_and_then_saved(visit: Visit) -> None:
    page = visit.page
    visit.sign_in("owner")
    visit.open("/mail/nordvik/account.signed_in/en")
    letter = page.frame_locator("iframe[name=letter]")
    expect(letter.get_by_role("heading")).to_contain_text("New sign-in")
    for subject in ("First try", "Second try"):
        page.get_by_label("Subject").fill(subject)
        page.get_by_role("button", name="Show as typed").click()
        expect(letter.get_by_role("heading")).to_have_text(subject)
    page.get_by_label("Text", exact=True).fill("Hello {{ 7*7 }}")
    page.get_by_role("button", name="Show as typed").click()
    expect(letter.locator("body")).to_contain_text("{{ name }}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("{{ 7*7 }}")
    visit.forgive(422)
    page.get_by_label("Text", exact=True).fill("Hello {{ name }}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(letter.get_by_text("Hello")).to_be_visible()
