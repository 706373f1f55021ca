"""What a client may not have, their staff cannot order for them: seen before, refused after (H2).

Each rule twice: the page shows the tariff closed, with the reason; then a form made by hand sends
it all the same, and is refused with that reason, with nothing written and all that was typed there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.models import Tariff
from tests.browser.conftest import Visit
from tests.browser.new_order import content_of, expect_placed, inject, path_of, place
from tests.world import World, line

pytestmark = pytest.mark.browser


def no_change(_world: World) -> None:
    """The demo is enough."""


def lift_the_block(world: World) -> None:
    membership = {"client_id": world.client_id("blocked.client")}
    world.change(Membership, membership, blocked_reason=None)


def order_three(world: World) -> None:
    world.place("maria", world.order("stoyanova", line("web-business", "1 month", 3)))


def sell_out(world: World) -> None:
    world.change(Tariff, {"key": "sfp-10g"}, stock=0)


@dataclass(frozen=True)
class Case:
    """``reason`` is said of ``tariff`` to whoever orders for ``client``."""

    client: str
    tariff: str
    reason: str
    prepare: Callable[[World], None] = no_change
    provider: str = "nordvik"
    period: str = "1 month"


CASES = {
    "group": Case("stoyanova", "gpu-a16", "Only for clients with a signed contract"),
    "forbidden group": Case(
        "ip.vetrov",
        "server-pod-zakaz",
        "Built-to-order server is not available to clients of the group “Under watch”.",
        provider="sever",
    ),
    "country": Case(
        "texas-pixels", "dedicated-ex64", "Dedicated EX-64 is not sold to United States"
    ),
    "blocked": Case(
        "blocked.client", "web-start", "The client is blocked: Chargeback of 2026-09-03 is open."
    ),
    "debt over limit": Case(
        "blocked.client",
        "web-start",
        # Order desk may not see what clients owe
        "The debt is over the credit limit.",
        lift_the_block,
    ),
    "archived": Case("stoyanova", "old-web", "Web 2019 is no longer sold."),
    "limit": Case(
        "stoyanova",
        "web-business",
        "A client may have at most 3 of Web Business; in use or ordered: 3.",
        order_three,
    ),
    "out of stock": Case(
        "stoyanova", "sfp-10g", "SFP+ 10G module in stock: 0.", sell_out, period="once"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_what_the_client_may_not_have_is_closed_before_and_refused_after(
    visit: Visit, case: Case
) -> None:
    page, world = visit.page, visit.world
    case.prepare(world)
    visit.sign_in("maria")
    visit.open(path_of(world, case.client, case.provider))
    row = page.locator(f'[data-tariff*=" {case.tariff} "]')
    quantity = page.locator(f'[name="quantity:{case.tariff}"]')
    seen = row.locator(".why").filter(has_text=case.reason)
    expect(seen).to_be_visible()
    expect(row).to_have_attribute("data-closed", "")
    expect(quantity).to_have_count(0)

    page.get_by_label("Note").fill("urgent")
    inject(page, {f"quantity:{case.tariff}": "1", f"period:{case.tariff}": case.period})
    in_summary = page.locator("#summary .why").filter(has_text=case.reason)
    expect(in_summary).to_be_visible()
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_have_text(
        "The client may not order this; see the reasons on each line."
    )
    expect(seen).to_be_visible()
    expect(in_summary).to_be_visible()
    expect(quantity).to_have_value("1")
    expect(page.get_by_label("Note")).to_have_value("urgent")
    assert world.everything() == before
    visit.forgive(422)


def test_what_needs_something_beside_it_can_be_ordered_with_it(visit: Visit) -> None:
    page, world = visit.page, visit.world
    reason = "Control panel licence needs one of these with it"
    visit.sign_in("maria")
    visit.open(path_of(world, "stoyanova"))
    expect(page.locator('[data-tariff*=" panel-license "] .why')).to_contain_text(reason)
    page.get_by_label("Quantity of Control panel licence").fill("1")
    expect(page.locator("#summary .why")).to_contain_text(reason)
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_contain_text("may not order")
    assert world.everything() == before
    page.get_by_label("Quantity of VPS Pro 4").fill("1")
    expect(page.locator("#summary .why")).to_have_count(0)
    place(page)
    expect_placed(page)
    visit.forgive(422)


def test_a_payment_method_the_client_may_not_use(visit: Visit) -> None:
    page, world = visit.page, visit.world
    reason = (
        "This payment method is not available to clients of the group “Under watch”: Bank transfer."
    )
    visit.sign_in("maria")
    visit.open(path_of(world, "ip.vetrov", "sever"))
    method = page.get_by_label("Payment method")
    expect(method.locator("option").first).to_have_text("Bank transfer (not for this client)")
    page.get_by_label("Quantity of Cloud 2").fill("1")
    expect(page.locator("#summary .why")).to_contain_text(reason)
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_contain_text("may not order")
    expect(page.locator("#summary .why")).to_contain_text(reason)
    expect(method).to_have_value("bank_transfer")
    expect(page.get_by_label("Quantity of Cloud 2")).to_have_value("1")
    assert world.everything() == before
    visit.forgive(422)


def test_a_provider_they_are_no_client_of(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "stoyanova"))
    expect(page.locator('[data-tariff*="oblako-2"]')).to_have_count(0)
    before = world.everything()
    sent = {**content_of(page), "provider": "sever", "quantity:oblako-2": "1"}
    sent |= {"period:oblako-2": "1 month", "expected_total": "89000"}
    answer = page.request.post(page.url, form=sent)
    assert answer.status == 422
    assert "The client is not a client of the provider that sells Cloud 2." in answer.text()
    assert world.everything() == before


def test_a_tariff_of_another_provider(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "romashka"))
    expect(page.locator('[data-tariff*="oblako-2"]')).to_have_count(0)
    page.get_by_label("Note").fill("urgent")
    inject(page, {"quantity:oblako-2": "1", "expected_total": "89000"})
    said = page.locator("#summary .error").filter(has_text="The provider has no tariff oblako-2.")
    expect(said).to_be_visible()
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_contain_text("Some fields need fixing.")
    expect(said.first).to_be_visible()
    expect(page.get_by_label("Note")).to_have_value("urgent")
    assert world.everything() == before
    visit.forgive(422)


def test_a_client_they_do_not_see(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("olga")
    visit.open(path_of(world, "romashka", "sever"))
    before = world.everything()
    sent = {**content_of(page), "quantity:web-start": "1", "expected_total": "490"}
    for client, provider in (("stoyanova", "nordvik"), ("romashka", "nordvik")):
        address = visit.address + path_of(world, client)
        answer = page.request.post(address, form={**sent, "provider": provider})
        assert answer.status == 404, client
    assert world.everything() == before
