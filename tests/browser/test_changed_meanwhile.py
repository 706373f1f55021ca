"""What changed between looking and placing: shown, and nothing is placed unseen."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.models import Price, Tariff
from plugins.orders.store.models import Order
from tests.browser.conftest import Visit
from tests.browser.new_order import FORM, choose, expect_placed, path_of, place, total_of
from tests.world import World

pytestmark = pytest.mark.browser


def change_price(world: World, tariff: str, amount: int) -> None:
    with world.database.reading() as session:
        tariff_id = session.scalars(select(Tariff.id).filter_by(key=tariff)).one()
    world.change(Price, {"tariff_id": tariff_id, "months": 1}, amount=amount)


def test_a_new_price_is_shown_beside_the_old_and_asked_again(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "stoyanova"))
    page.get_by_label("Note").fill("urgent")
    # comes last: each field that is filled asks for the price again
    choose(page, "Web Start", 1, "€5.88")
    change_price(world, "web-start", 590)
    before = world.everything()
    place(page)
    asked = page.get_by_role("alert")
    expect(asked).to_contain_text("The price has changed")
    expect(asked.locator("s")).to_have_text("€5.88")
    expect(asked).to_contain_text("→ €7.08")
    expect(total_of(page)).to_have_text("€7.08")
    expect(page.get_by_label("Quantity of Web Start")).to_have_value("1")
    expect(page.get_by_label("Note")).to_have_value("urgent")
    assert world.everything() == before
    place(page)
    expect_placed(page)
    with world.database.reading() as session:
        assert session.scalars(select(Order.total)).all() == [708]
    visit.forgive(409)


def test_a_position_of_the_cart_that_is_no_longer_sold(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "balkan.media"))
    servers = page.get_by_label("VPS Pro 4 × 2")
    servers.check()
    expect(total_of(page)).to_have_text("€462.67")
    world.change(Tariff, {"key": "vps-pro-4"}, archived=True)
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_contain_text("may not order")
    expect(page.locator("#cart .why").first).to_contain_text("VPS Pro 4 is no longer sold.")
    expect(page.locator("#summary .why")).to_contain_text("VPS Pro 4 is no longer sold.")
    expect(servers).to_be_checked()
    assert world.everything() == before
    visit.forgive(422)


def test_a_position_the_client_has_taken_out_of_their_cart(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "balkan.media"))
    page.get_by_label("VPS Pro 4 × 2").check()
    expect(total_of(page)).to_have_text("€462.67")
    world.place("maria", world.order("balkan.media"))
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#summary .error")).to_contain_text("not items in this client’s cart")
    assert world.everything() == before
    visit.forgive(422)


def test_a_client_blocked_meanwhile(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "stoyanova"))
    choose(page, "Web Start", 1, "€5.88")
    client = {"client_id": world.client_id("stoyanova")}
    world.change(Membership, client, blocked_reason="Chargeback")
    before = world.everything()
    place(page)
    expect(page.get_by_role("alert")).to_contain_text("may not order")
    expect(page.locator("#summary .why")).to_contain_text("The client is blocked: Chargeback.")
    assert world.everything() == before
    visit.forgive(422)


def send_to(visit: Visit, client: str) -> None:
    """Place what the page has chosen, at the address of another client."""
    path = path_of(visit.world, client)
    visit.page.eval_on_selector(FORM, "(form, path) => { form.action = path }", path)
    place(visit.page)


def test_the_cart_of_one_client_is_not_ordered_for_another(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "balkan.media"))
    page.get_by_label("VPS Pro 4 × 2").check()
    expect(total_of(page)).to_have_text("€462.67")
    before = world.everything()
    send_to(visit, "stoyanova")
    expect(page.locator("#summary .error")).to_contain_text("not items in this client’s cart")
    assert world.everything() == before
    visit.forgive(422)


def test_the_price_of_one_client_is_not_taken_for_another(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "balkan.media"))
    choose(page, "Web Start", 1, "€5.29")
    before = world.everything()
    send_to(visit, "stoyanova")
    expect(page.get_by_role("alert")).to_contain_text("€5.29 → €5.88")
    expect(page.get_by_label("Quantity of Web Start")).to_have_value("1")
    assert world.everything() == before
    visit.forgive(409)


def test_what_one_client_may_have_is_refused_to_another(visit: Visit) -> None:
    page, world = visit.page, visit.world
    visit.sign_in("maria")
    visit.open(path_of(world, "rhein-labs"))
    choose(page, "GPU A-16", 1, "€178.50")
    before = world.everything()
    send_to(visit, "stoyanova")
    said = page.locator("#summary .why")
    expect(said).to_contain_text("Only for clients with a signed contract")
    assert world.everything() == before
    visit.forgive(422)
