"""What should have been paid by now stands on the balance page, for staff and for the client."""

from collections.abc import Callable

import pytest

from tests.businesses import CLIENT, Business, opened
from tests.http.visitor import Visitor
from tests.world import World

SAYS = "Overdue: €60.00 was due on"


@pytest.fixture
def desk(world: World) -> Business:
    return opened(world, "desk")


def test_a_bill_is_overdue_on_the_day_after_its_last_and_until_it_is_paid(
    desk: Business, visit: Callable[..., Visitor]
) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    (document,) = desk.order(order_id).documents
    path = f"/clients/{desk.client_id}/balance"
    days = (document.due_on - desk.world.clock.now().date()).days
    for wait, is_late in ((days, False), (1, True)):
        desk.wait(days=wait)
        for login in ("petar", CLIENT):
            page = visit(login).get(path)
            assert (SAYS in page.text) is is_late, (login, wait)
    desk.move(order_id, "pay", by="petar", payment_method="cash")
    assert "Overdue" not in visit("petar").get(path).text


def test_what_is_void_or_lost_is_not_overdue(desk: Business, visit: Callable[..., Visitor]) -> None:
    order_id = desk.place()
    desk.move(order_id, "accept")
    desk.move(order_id, "void")
    desk.wait(days=400)
    assert "Overdue" not in visit("petar").get(f"/clients/{desk.client_id}/balance").text
