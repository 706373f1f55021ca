"""However many rows a page shows, the number of SQL statements stays the same."""

from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.measuring.statements import counted
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
from plugins.orders.checkout.change_cart import AddToCart, add_to_cart
from tests.api import ApiClient, json_of
from tests.http.visitor import Visitor
from tests.world import World, line

pytestmark = pytest.mark.every_case

Visit = Callable[..., Visitor]

LINES = (line("web-start", "1 month"), line("vps-pro-4", "1 month"), line("sfp-10g", "once"))


def sent_for(world: World, visitor: Visitor, path: str) -> Counter[str]:
    """How often each kind of statement was sent for the page; a difference names what grows."""
    with counted(world.database.engine) as statements:
        assert visitor.get(path).status_code == 200
    return Counter(" ".join(statement.split()[:3]) for statement in statements)


@pytest.mark.parametrize(
    "path", ["/orders", "/clients/{client}/orders", "/clients/{client}/orders/new"]
)
def test_a_page_of_a_client_with_more_orders(world: World, visit: Visit, path: str) -> None:
    visitor, address = visit("maria"), path.format(client=world.client_id("stoyanova"))
    world.place("maria", world.order("stoyanova", *LINES))
    few = sent_for(world, visitor, address)
    for _ in range(5):
        world.place("maria", world.order("stoyanova", *LINES))
    assert sent_for(world, visitor, address) == few


@pytest.mark.parametrize(
    "path", ["/shop/nordvik", "/cart", "/checkout/nordvik", "/my/orders", "/my/history"]
)
def test_a_page_of_the_clients_own_with_more_orders_and_positions(
    world: World, visit: Visit, path: str
) -> None:
    client, adds = visit("stoyanova"), ("web-start", "vps-pro-4", "sfp-10g")
    actor, sent = world.actor("stoyanova"), []
    world.place("maria", world.order("stoyanova", *LINES))
    # what marks the orders as seen
    client.get(path)
    for _ in range(2):
        world.place("maria", world.order("stoyanova", *LINES))
        with world.database.writing() as session:
            for tariff in adds:
                period = "once" if tariff == "sfp-10g" else "1 month"
                command = AddToCart(actor.client_id or 0, None, line(tariff, period))
                add_to_cart(session, command, actor=actor, clock=world.clock)
        sent.append(sent_for(world, client, path))
    assert sent[0] == sent[1]


def test_the_page_of_an_order_with_more_lines(world: World, visit: Visit) -> None:
    visitor = visit("maria")
    for lines in (LINES[:1], LINES):
        world.place("maria", world.order("stoyanova", *lines))
    assert sent_for(world, visitor, "/orders/1") == sent_for(world, visitor, "/orders/2")


def test_the_page_of_a_balance_with_more_postings(world: World, visit: Visit) -> None:
    visitor, client_id = visit("petar"), world.client_id("stoyanova")
    path = f"/clients/{client_id}/balance"
    actor, sent = world.actor("petar"), []
    for more in (1, 6):
        with world.database.writing() as session:
            for _ in range(more):
                command = ChangeBalance(client_id, "1.00", "agreed")
                credit_balance(session, command, actor=actor, clock=world.clock)
        sent.append(sent_for(world, visitor, path))
    assert sent[0] == sent[1]


def test_the_page_of_an_order_with_more_payments(world: World, visit: Visit) -> None:
    petar, (order,) = visit("petar"), world.place("maria", world.order("stoyanova", LINES[0]))
    path, sent = f"/orders/{order.id}", []
    pay = {"fields.payment_method": "balance", "fields.amount": "0.50"}
    refund = {"fields.amount": "0.10", "fields.reason": "x"}
    for more in (1, 4):
        for _ in range(more):
            assert petar.send(f"{path}/move", action="pay", **pay).status_code == 303
            assert petar.confirm(f"{path}/move", action="refund", **refund).status_code == 303
        sent.append(sent_for(world, petar, path))
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", 16),
        ("/orders", 9),
        ("/orders?stage=active", 9),
        ("/orders?age=week", 9),
        ("/orders?tariff=web-start", 10),
        ("/clients/{client}/orders", 10),
        ("/clients/{client}/orders/new", 19),
        ("/orders/1", 30),
    ],
)
def test_a_page_of_staff_takes_no_more_statements_than_it_did(
    world: World, visit: Visit, path: str, most: int
) -> None:
    """With the frame; on PostgreSQL one is of the live feed, where no server reads it already."""
    visitor, address = visit("maria"), path.format(client=world.client_id("stoyanova"))
    world.place("maria", world.order("stoyanova", *LINES))
    assert sent_for(world, visitor, address).total() <= most


@pytest.mark.parametrize(("login", "most"), [("maria", 3), ("owner", 4), ("stoyanova", 3)])
def test_the_frame_and_who_is_signed_in_take_few_statements(
    world: World, visit: Visit, login: str, most: int
) -> None:
    """Who it is, what is new, and what waits: what a page shows comes to it."""
    visitor = visit(login)
    with counted(world.database.engine) as page:
        assert visitor.get("/help/nothing-here").status_code == 404
    assert len(page) <= most


@pytest.mark.parametrize("path", ["/orders", "/clients/{client}/orders"])
def test_the_api_tells_of_more_orders_and_lines(
    world: World, api: Callable[[str], ApiClient], path: str
) -> None:
    caller, address = api("maria"), path.format(client=world.client_id("stoyanova"))
    sent = []
    for lines in (LINES[:1], LINES, LINES):
        world.place("maria", world.order("stoyanova", *lines))
        with counted(world.database.engine) as statements:
            told = json_of(caller.get(address))["items"]
        assert len(told[0]["lines"]) == len(lines)
        sent.append(Counter(" ".join(statement.split()[:3]) for statement in statements))
    assert sent[0] == sent[1] == sent[2]
