"""One checkout makes one order, or one for what is in stock and one for what is on order (M2)."""

from billing_panel.catalog.rules.eligibility_facts import Availability, Choice
from plugins.orders.checkout.split_checkout import split
from tests.property.facts import choice, tariff


def line(key: str, availability: Availability) -> Choice:
    return choice(tariff(key, availability=availability))


ROUTER = line("router", Availability.IN_STOCK)
CABLE = line("cable", Availability.IN_STOCK)
SERVER = line("server", Availability.ON_ORDER)
RACK = line("rack", Availability.ON_ORDER)


def test_everything_is_one_order_where_the_workflow_does_not_split() -> None:
    assert split([SERVER, ROUTER], by_availability=False) == [[SERVER, ROUTER]]


def test_in_stock_and_on_order_never_share_an_order() -> None:
    parts = split([SERVER, ROUTER, RACK, CABLE], by_availability=True)
    assert parts == [[ROUTER, CABLE], [SERVER, RACK]]


def test_what_is_all_alike_is_one_order() -> None:
    assert split([ROUTER, CABLE], by_availability=True) == [[ROUTER, CABLE]]
    assert split([SERVER], by_availability=True) == [[SERVER]]


def test_two_equal_lines_stay_two_lines() -> None:
    assert split([ROUTER, ROUTER], by_availability=True) == [[ROUTER, ROUTER]]


def test_nothing_makes_no_order() -> None:
    assert split([], by_availability=True) == []
    assert split([], by_availability=False) == []
