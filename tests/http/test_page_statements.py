"""However many rows a page shows, the number of SQL statements stays the same."""

from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.statements import counted
from plugins.orders.balance.change_balance import ChangeBalance, credit_balance
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
