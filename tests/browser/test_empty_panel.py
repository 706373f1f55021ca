"""An owner of an empty panel is led from nothing to the first printed invoice."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from billing_panel.accounts.people.first_owner import make_owner
from tests.browser.conftest import Visit
from tests.conftest import Templates

pytestmark = pytest.mark.browser


@pytest.fixture
def demo_url(templates: Templates) -> Iterator[str]:
    """A database without any data."""
    with templates.copy("sqlite", "schema") as url:
        yield url


def save(page: Page, told: str = "Saved.") -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text(told)).to_be_visible()


def next_step(visit: Visit, name: str) -> None:
    visit.open("/")
    visit.page.get_by_role("link", name=f"Do it: {name}").click()


def test_from_nothing_to_the_first_invoice(visit: Visit) -> None:
    page = visit.page
    with visit.world.database.writing() as session:
        make_owner(session, "ada")
    visit.sign_in("ada")

    next_step(visit, "Add the provider")
    page.locator("#key").fill("acme")
    save(page, "Nothing saved yet")
    page.get_by_label("Provider’s name", exact=True).fill("Acme")
    page.get_by_label("Legal name").fill("Acme OOD")
    page.get_by_label("Address", exact=True).fill("1 Main St")
    page.locator("#city").fill("Sofia")
    page.locator("#country").fill("BG")
    page.locator("#vat_number").fill("BG204512345")
    page.get_by_label("IBAN").fill("BG80BNBG96611020345678")
    save(page)
    expect(page.get_by_role("heading", name="Acme", exact=True)).to_be_visible()

    next_step(visit, "Add tax rates")
    page.locator("#tax_rates-0-tax_class").fill("standard")
    page.locator("#tax_rates-0-since").fill("2020-01-01")
    page.locator("#tax_rates-0-percent").fill("20")
    save(page)

    next_step(visit, "Add tariffs")
    page.get_by_role("link", name="Service").click()
    page.locator("#key").fill("web-1")
    page.locator("#titles-en").fill("Web 1")
    page.get_by_label("Category").fill("hosting")
    page.locator("#prices-0-months").fill("1")
    page.locator("#prices-0-amount").fill("4.90")
    save(page)

    next_step(visit, "Add the first client")
    page.get_by_label("Login").fill("first.client")
    page.get_by_label("Name", exact=True).fill("First Client OOD")
    save(page)

    next_step(visit, "Choose how orders run")
    hosting = page.get_by_role("region", name="Hosting")
    hosting.get_by_role("button", name="Run orders this way").click()
    expect(page.get_by_text("Orders can run from now on.")).to_be_visible()

    next_step(visit, "Place the first order")
    page.get_by_label("Quantity of Web 1").fill("1")
    expect(page.locator("#summary .grand").last).to_have_text("€5.88")
    page.get_by_role("button", name="Place order").click()
    address = page.get_by_role("link", name="Print invoice").get_attribute("href")
    assert page.request.get(f"{visit.address}{address}").body().startswith(b"%PDF-")

    visit.open("/")
    # item 25: until its last step
    expect(page.get_by_role("heading", name="Setting up")).to_be_visible()
    visit.forgive(422)
