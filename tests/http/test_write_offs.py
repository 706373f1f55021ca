"""A debt is written off on its pages and by the API, and the registers show it."""

from collections.abc import Callable

import pytest

from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from tests.api import ApiClient, json_of
from tests.http.engines import ON_SQLITE
from tests.http.shop import place
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = ON_SQLITE
BAD_DEBT = "5.29"


@pytest.fixture
def owed(world: World, api: Callable[[str], ApiClient]) -> int:
    """An order delivered on credit, which is over."""
    order_id = int(place(api("owner"), world.client_id("balkan.media"))["id"])
    with world.database.writing() as session:
        owner, clock = world.actor("owner"), world.clock
        deliver_lines(session, DeliverLines(order_id), actor=owner, clock=clock)
    return order_id


def test_two_people_write_a_debt_off_and_the_registers_show_it(
    owed: int, visit: Callable[..., Visitor], api: Callable[[str], ApiClient]
) -> None:
    petar, owner, page = visit("petar"), api("owner"), f"/orders/{owed}/write-off"
    before = json_of(owner.get("/registers/aging", provider="nordvik"))
    assert page in petar.get(f"/orders/{owed}").text
    without = petar.send(page, reason=" ")
    assert (without.status_code, "Say briefly why" in without.text) == (422, True)
    assert petar.send(page, reason="Insolvent").status_code == 303
    assert "Someone else who may approve write-offs must decide." in petar.get("/write-offs").text
    (waiting,) = json_of(owner.get("/write-offs", state="open"))["items"]
    assert waiting["amount"] == {"amount": BAD_DEBT, "currency": "EUR"}
    decision = {"approve": True, "reason": "Agreed"}
    path = f"/write-offs/{waiting['id']}/decision"
    assert json_of(owner.post(path, decision))["state"] == "approved"
    assert owner.post(path, decision).status_code == 409
    order = json_of(owner.get(f"/orders/{owed}"))
    assert (order["owed"]["amount"], order["written_off"]["amount"]) == ("0.00", BAD_DEBT)
    # the registers: less is owed, and it is an expense
    after = json_of(owner.get("/registers/aging", provider="nordvik"))
    assert before != after
    assert "Bad debts" in petar.get("/registers/ledger").text
    shown = petar.get(page).text
    assert ("Written off: €5.29" in shown, "Insolvent" in shown) == (True, True)
    # it was another client after all
    undone = json_of(owner.post(f"/orders/{owed}/write-off/undo", {"reason": "A mistake"}))
    assert (undone["owed"]["amount"], undone["written_off"]["amount"]) == (BAD_DEBT, "0.00")
    assert json_of(owner.get("/registers/aging", provider="nordvik")) == before


def test_late_invoices_are_a_page_and_an_answer(
    visit: Callable[..., Visitor], api: Callable[[str], ApiClient]
) -> None:
    assert "No late invoices" in visit("petar").get("/late-invoices").text
    assert json_of(api("owner").get("/late-invoices")) == {"items": []}
    history = json_of(api("owner").get("/closed-months/history"))
    assert history == {"items": [], "next_cursor": None}
