"""Hours of a time package (D4): held from its delivery, used, put back, never below zero."""

import pytest

from plugins.orders.lifecycle.use_hours import UseHours, hours_left, use_hours
from plugins.orders.store.models import OrderService
from tests.actions.conftest import Opening
from tests.businesses import Business
from tests.world import hold_only, line

PACKAGE = line("hours", "once")


@pytest.fixture
def desk(business: Opening) -> Business:
    return business("desk")


def held(desk: Business) -> tuple[int, int]:
    """An order of a package of ten hours that was delivered, and the service."""
    order_id = desk.place(PACKAGE)
    desk.move(order_id, "accept")
    desk.deliver(order_id)
    with desk.world.database.reading() as session:
        service = session.query(OrderService).filter_by(order_id=order_id).one()
        return order_id, service.service_id


def use(desk: Business, held: tuple[int, int], hours: str, by: str = "maria") -> None:
    order_id, service_id = held
    desk.act(use_hours, UseHours(order_id, service_id, hours, "By phone"), by)


def left(desk: Business) -> int | None:
    with desk.world.database.reading() as session:
        return hours_left(session, desk.client_id, desk.provider_id).get("hours")


def test_hours_are_held_from_the_delivery_and_used_up_to_the_last_minute(desk: Business) -> None:
    assert left(desk) is None
    package = held(desk)
    assert left(desk) == 600
    use(desk, package, "1.5")
    use(desk, package, "0:20")
    assert left(desk) == 490
    use(desk, package, "-0:20")
    assert left(desk) == 510
    use(desk, package, "8:30")
    assert left(desk) == 0
    happened = desk.happened(package[0], "order.hours_used")
    assert [fact["left"] for fact in happened] == [510, 490, 510, 0]


@pytest.mark.parametrize("typed", ["10:01", "-0:01", "0", "", "ten", "1:75", "1e3"])
def test_more_than_is_left_or_no_hours_change_nothing(desk: Business, typed: str) -> None:
    package = held(desk)
    assert "hours" in desk.refusal(lambda: use(desk, package, typed))


def test_only_staff_who_may_record_hours_do(desk: Business) -> None:
    package = held(desk)
    for login in ("buyer", "olga"):
        desk.refusal(lambda by=login: use(desk, package, "1", by))
    hold_only(desk.world, "petar", "orders:order:read", "orders:hours:use")
    use(desk, package, "1", "petar")
    assert left(desk) == 540


def test_what_is_taken_back_has_no_hours_any_more(desk: Business) -> None:
    package = held(desk)
    desk.move(package[0], "void", taken_back="back")
    assert left(desk) is None
    assert "service_over" in desk.refusal(lambda: use(desk, package, "1"))
