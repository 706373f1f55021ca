"""The small undo on an order's page: the last step, by whoever took it, for fifteen minutes."""

import re
from collections.abc import Callable

import pytest

from plugins.orders.surface.order_page.offered_steps import UNDO_WITHIN
from tests.businesses import Business, opened
from tests.http.engines import ON_SQLITE
from tests.http.visitor import Visitor
from tests.world import World

pytestmark = ON_SQLITE
Visit = Callable[..., Visitor]


@pytest.fixture
def procurement(world: World) -> Business:
    opened(world, "procurement")
    return Business(world)


@pytest.fixture
def packed(procurement: Business) -> int:
    """Maria has just put it from *In processing* to *Ready for packing*."""
    order_id = procurement.place()
    procurement.move(order_id, "pay", by="petar", payment_method="cash")
    procurement.put(order_id, "in_processing")
    procurement.put(order_id, "ready_for_packing")
    return order_id


def undo_on(visitor: Visitor, order_id: int) -> dict[str, str]:
    """The fields of its form, empty where none is offered."""
    found = re.search(
        r'<form method="post" id="undo".*?</form>', page(visitor, order_id), re.DOTALL
    )
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0])) if found else {}


def page(visitor: Visitor, order_id: int) -> str:
    return str(visitor.get(f"/orders/{order_id}").text)


def refused(business: Business, visitor: Visitor, order_id: int, to: str, *statuses: int) -> bool:
    """What the form would send is refused, and nothing is changed of the order."""
    order, happened = business.order(order_id), business.happened(order_id)
    fields = {"action": "set", "to": to, "version": str(order.version)}
    answer = visitor.send(f"/orders/{order_id}/move", **fields)
    after = business.order(order_id)
    assert (after.status.key, after.version) == (order.status.key, order.version)
    assert business.happened(order_id) == happened
    return answer.status_code in (statuses or (409,))


def test_who_took_the_step_takes_it_back(procurement: Business, packed: int, visit: Visit) -> None:
    maria = visit("maria")
    fields = undo_on(maria, packed)
    assert (fields["action"], fields["to"]) == ("set", "in_processing")
    sent = {name: fields[name] for name in ("action", "to", "version")}
    assert maria.send(f"/orders/{packed}/move", **sent).status_code == 303
    assert procurement.status(packed) == "in_processing"
    assert procurement.path(packed)[-1] == ("set", "in_processing")
    # the same form sent again is of an order that has changed
    happened = procurement.happened(packed)
    assert maria.send(f"/orders/{packed}/move", **sent).status_code == 409
    assert procurement.happened(packed) == happened


def test_others_are_offered_none(procurement: Business, packed: int, visit: Visit) -> None:
    for login in ("owner", "petar", "georgi", "buyer"):
        assert undo_on(visit(login), packed) == {}, login
    for login in ("georgi", "buyer"):
        assert refused(procurement, visit(login), packed, "in_processing", 403, 409), login


def test_after_fifteen_minutes_there_is_none(
    procurement: Business, packed: int, visit: Visit
) -> None:
    maria = visit("maria")
    procurement.wait(seconds=UNDO_WITHIN.total_seconds())
    assert undo_on(maria, packed)
    procurement.wait(seconds=1)
    assert undo_on(maria, packed) == {}
    assert procurement.status(packed) == "ready_for_packing"


def test_p2_nothing_takes_back_what_was_sent(
    procurement: Business, packed: int, visit: Visit
) -> None:
    procurement.put(packed, "ready_for_dispatch")
    procurement.move(packed, "send")
    assert procurement.status(packed) == "sent"
    maria = visit("maria")
    assert undo_on(maria, packed) == {}
    assert refused(procurement, maria, packed, "ready_for_dispatch")


def test_nothing_takes_back_a_final_status(procurement: Business, visit: Visit) -> None:
    order_id = procurement.place()
    procurement.move(order_id, "cancel")
    maria = visit("maria")
    assert procurement.status(order_id) == "cancelled"
    assert undo_on(maria, order_id) == {}
    assert refused(procurement, maria, order_id, "awaiting_payment")
