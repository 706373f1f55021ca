"""The page of a new order, as its tests handle it."""

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

from plugins.orders.store.models import Order
from tests.browser.conftest import Visit
from tests.world import World

FORM = "form[data-new-order]"


def path_of(world: World, client: str, provider: str = "nordvik") -> str:
    return f"/clients/{world.client_id(client)}/orders/new?provider={provider}"


def choose(page: Page, tariff: str, quantity: int, total: str) -> None:
    """Give a quantity and wait for the summary to say what all of it costs."""
    page.get_by_label(f"Quantity of {tariff}").fill(str(quantity))
    expect(total_of(page)).to_have_text(total)


def total_of(page: Page) -> Locator:
    return page.locator("#summary dd.grand")


def place(page: Page) -> None:
    page.get_by_role("button", name="Place order").click()


def inject(page: Page, fields: Mapping[str, str]) -> None:
    """Put fields into the form which the page has not, as somebody with the browser's tools can."""
    page.eval_on_selector(
        FORM,
        """(form, fields) => {
            for (const [name, value] of Object.entries(fields)) {
                const field = Object.assign(document.createElement("input"), { name, value });
                form.append(field);
            }
            form.dispatchEvent(new Event("input"));
        }""",
        dict(fields),
    )


def content_of(page: Page) -> dict[str, str | float | bool]:
    """What the form would send now with its button *Place order*."""
    content: dict[str, str] = page.eval_on_selector(
        FORM, "form => Object.fromEntries(new FormData(form))"
    )
    return {**content, "do": "place"}


def expect_placed(page: Page, number: int = 10001) -> None:
    expect(page.get_by_role("heading", name=re.compile(f"Order № {number}"))).to_be_visible()


def orders_in(visit: Visit) -> int:
    return len(visit.world.everything()[Order.__tablename__])
