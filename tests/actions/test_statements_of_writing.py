"""Placing and paying send few statements more than what they write takes, on both databases.

The floor is the hand-written SQL of ``benchmarks/writing``: it writes the same and asks nothing.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.statements import counted, statements_of_both
from benchmarks.measuring.stopwatch import Work
from benchmarks.writing import paying, placing
from benchmarks.writing.paying_floor import Received
from benchmarks.writing.placing import rows_written
from benchmarks.writing.placing_floor import Written
from billing_panel.accounts.access.load_actors import console
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.values.clock import FixedClock
from plugins.orders.checkout.place_order import place_order
from plugins.orders.deadlines.fire_deadlines import Fired, fire_deadlines
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.models import Order
from tests.world import World, line

pytestmark = pytest.mark.every_case

CLIENT = "stoyanova"
LINES = (line("web-start", "12 months"), line("vps-pro-4", "12 months"), line("sfp-10g", "once"))
MORE_TO_PLACE = 9


@pytest.fixture
def plain(world: World) -> Iterator[Plain]:
    with closing(Plain(world.database.url)) as own:
        yield own


@pytest.fixture
def place(world: World) -> Work:
    """Places three lines by bank transfer, as often as it is called.

    The provider issues no invoices: each would be read, numbered and written besides.
    """
    world.change(Provider, {"key": "nordvik"}, invoices_since=None)
    with world.database.writing() as session:
        session.execute(update(Tariff).where(Tariff.stock.is_not(None)).values(stock=1_000))
    command, maria = world.order(CLIENT, *LINES), world.actor("maria")

    def work() -> None:
        with world.database.writing() as session:
            place_order(session, command, actor=maria, clock=world.clock)

    return work


def test_placing(world: World, plain: Plain, place: Work) -> None:
    place()
    written, client_id = Written.last(plain), world.client_id(CLIENT)

    def floor() -> None:
        written.again(plain, client_id)

    assert rows_written(plain, place, placing.WRITTEN) == rows_written(
        plain, floor, placing.WRITTEN
    )
    sent, least = statements_of_both(world.database.engine, place, plain, floor)
    assert sent <= least + MORE_TO_PLACE


@pytest.mark.parametrize(("with_receipt", "more"), [(False, 3), (True, 6)])
def test_paying(world: World, plain: Plain, place: Work, *, with_receipt: bool, more: int) -> None:
    """Another part of an order: what the books and receipts have of the first is asked too."""
    place()
    if with_receipt:
        world.change(Provider, {"key": "nordvik"}, invoices_since=world.clock.now().date())
    with world.database.reading() as session:
        order_id = session.scalars(select(Order.id).order_by(Order.id.desc())).first() or 0
    fields = {"payment_method": "cash", "amount": "5.00"}
    cashier = world.actor("owner")

    def pay() -> None:
        with world.database.writing() as session:
            command = AdvanceOrder(order_id, "pay", fields=fields)
            advance_order(session, command, actor=cashier, clock=world.clock)

    pay()
    received = Received.last(plain)

    def floor() -> None:
        received.again(plain, order_id)

    assert rows_written(plain, pay, paying.WRITTEN) == rows_written(plain, floor, paying.WRITTEN)
    sent, least = statements_of_both(world.database.engine, pay, plain, floor)
    assert sent <= least + more


def test_firing_deadlines_of_orders_nobody_paid_for(world: World, place: Work) -> None:
    system, later = console(world.panel.known), FixedClock(world.clock.now() + timedelta(days=60))
    sent = {}
    for number in (2, 6):
        for _ in range(number):
            place()
        with counted(world.database.engine) as statements:
            fired = fire_deadlines(world.database, actor=system, clock=later)
        assert fired == Fired(moved=number)
        sent[number] = len(statements)
    assert sent[2] == sent[6]
