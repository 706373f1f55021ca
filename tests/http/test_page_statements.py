"""However many rows a page shows, the number of SQL statements stays the same."""

from collections import Counter
from collections.abc import Callable

import pytest

from benchmarks.statements import counted
from tests.http.visitor import Visitor
from tests.world import World, line

Visit = Callable[..., Visitor]

LINES = (line("web-start", "1 month"), line("vps-pro-4", "1 month"), line("sfp-10g", "once"))


def sent_for(world: World, visitor: Visitor, path: str) -> Counter[str]:
    """How often each kind of statement was sent for the page; a difference names what grows."""
    with counted(world.database.engine) as statements:
        assert visitor.get(path).status_code == 200
    return Counter(" ".join(statement.split()[:3]) for statement in statements)


@pytest.mark.parametrize("path", ["/clients/{client}/orders", "/clients/{client}/orders/new"])
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
