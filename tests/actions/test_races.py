"""Many at once, on both databases: stock, limits, numbers and request keys stay true.

Negative controls run the way it is written without thinking in the same harness, on an engine with
the library's own settings, and must go wrong: a race that cannot be lost would prove nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import cycle, islice
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import (
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.language.errors import DomainError, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.request_keys import RequestKey
from invoices.document import Kind
from invoices.issue_and_print import content_of, issue
from invoices.store.models import IssuedDocument
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order, OrderLine
from tests.world import World, codes, line

pytestmark = pytest.mark.every_case

T = TypeVar("T")
# clients of one provider who may buy what is raced for, in the order they come to the till
BUYERS = ("balkan.media", "stoyanova", "rhein-labs", "texas-pixels", "romashka")
# a race that hangs fails instead
PATIENCE = 120


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | DomainError]:
    """Run each in a thread of its own, none before all are ready; a refusal is a result."""
    start = Barrier(len(acts), timeout=PATIENCE)

    def run(act: Callable[[], T]) -> T | DomainError:
        start.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts, timeout=PATIENCE))


def orders_of(results: Sequence[Sequence[Order] | DomainError]) -> list[Order]:
    return [order for result in results if not isinstance(result, DomainError) for order in result]


def refusals_of(results: Sequence[Sequence[Order] | DomainError]) -> list[DomainError]:
    return [result for result in results if isinstance(result, DomainError)]


def count(world: World, model: type[Base], **where: object) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0


def buyers(number: int) -> Iterator[str]:
    return islice(cycle(BUYERS), number)


def test_of_50_buyers_of_the_last_10_exactly_10_get_one(world: World) -> None:
    carts = count(world, CartLine)
    commands = [world.order(client, line("sfp-10g"), provider="nordvik") for client in buyers(50)]
    results = at_once([partial(world.place, "owner", command) for command in commands])
    sold, refused = orders_of(results), refusals_of(results)
    assert (len(sold), len(refused)) == (10, 40)
    assert world.stock("sfp-10g") == 0
    for refusal in refused:
        assert isinstance(refusal, Refused)
        assert codes(refusal.reasons) == {"out_of_stock"}
    # the 40 left nothing behind
    written = {model: count(world, model) for model in (Order, OrderLine, IssuedDocument)}
    assert written == {Order: 10, OrderLine: 10, IssuedDocument: 10}
    assert count(world, Event, kind="order.placed") == 10
    assert count(world, CartLine) == carts


def test_stock_is_never_sold_in_part_when_quantities_race(world: World) -> None:
    commands = [
        world.order(client, line("sfp-10g", quantity=3), provider="nordvik")
        for client in buyers(10)
    ]
    results = at_once([partial(world.place, "owner", command) for command in commands])
    assert len(orders_of(results)) == 3
    assert world.stock("sfp-10g") == 1


def test_50_equal_requests_make_one_order_and_all_are_told_of_it(world: World) -> None:
    command = world.order("stoyanova", line("sfp-10g"), request_key="a page was sent twice")
    results = at_once([partial(world.place, "maria", command)] * 50)
    assert refusals_of(results) == []
    told = [order.id for order in orders_of(results)]
    assert (len(told), len(set(told))) == (50, 1)
    assert (count(world, Order), count(world, IssuedDocument)) == (1, 1)
    assert (count(world, RequestKey), world.stock("sfp-10g")) == (1, 9)


def test_50_proformas_at_once_are_numbered_without_gap_or_repeat(world: World) -> None:
    commands = [
        world.order(client, line("web-start", "1 month"), provider="nordvik")
        for client in buyers(50)
    ]
    results = at_once([partial(world.place, "owner", command) for command in commands])
    numbers = sorted(order.documents[0].number for order in orders_of(results))
    assert numbers == [f"NH-2026-{number:06}" for number in range(1, 51)]


def test_200_invoices_and_credit_notes_at_once_share_one_series_without_gap(world: World) -> None:
    """In Bulgaria they have one (чл. 114, ал. 1, т. 2 ЗДДС); every tenth comes to nothing."""
    world.change(Provider, {"key": "nordvik"}, e_invoicing=EInvoicing.OFF)
    (order,) = world.place("owner", world.order("stoyanova", line("web-start", "1 month")))
    bill, actor = content_of(order.documents[0]), world.actor("owner")
    kinds = cycle([Kind.INVOICE, Kind.CREDIT_NOTE])

    def write(kind: Kind, *, in_vain: bool) -> None:
        with suppress(ChangedHisMind), world.database.writing() as session:
            issue(
                session,
                replace(bill, kind=kind),
                provider=session.get_one(Provider, order.provider_id),
                client_id=order.client_id,
                actor=actor,
                at=world.clock.now(),
            )
            if in_vain:
                raise ChangedHisMind(text("No document after all."))

    def write_some() -> int:
        for n in range(25):
            write(next(kinds), in_vain=n % 10 == 9)
        return n

    assert at_once([write_some] * 8) == [24] * 8
    with world.database.reading() as session:
        fiscal = select(IssuedDocument.number).filter_by(series="fiscal")
        numbers = session.scalars(fiscal.order_by(IssuedDocument.n)).all()
    assert numbers == [f"{number:010}" for number in range(1, 8 * 23 + 1)]


class ChangedHisMind(DomainError):
    pass


def test_numbers_of_orders_that_came_to_nothing_are_given_to_others(world: World) -> None:
    actor = world.actor("owner")

    def place_in_vain(command: PlaceOrder) -> Sequence[Order]:
        with world.database.writing() as session:
            place_order(session, command, actor=actor, clock=world.clock)
            raise ChangedHisMind(text("No order after all."))

    commands = [
        world.order(client, line("web-start", "1 month"), provider="nordvik")
        for client in buyers(24)
    ]
    in_vain = [partial(place_in_vain, command) for command in commands[:8]]
    in_earnest = [partial(world.place, "owner", command) for command in commands[8:]]
    results = at_once([*in_vain, *in_earnest])
    assert len(refusals_of(results)) == 8
    numbers = sorted(order.documents[0].number for order in orders_of(results))
    assert numbers == [f"NH-2026-{number:06}" for number in range(1, 17)]


def test_orders_of_the_same_things_in_either_order_never_block_each_other(world: World) -> None:
    for key in ("web-start", "admin-hours-10"):
        world.change(Tariff, {"key": key}, stock=100)
    things = (line("web-start", "1 month"), line("admin-hours-10"), line("sfp-10g"))
    commands = [
        world.order(client, *(things if number % 2 else things[::-1]), provider="nordvik")
        for number, client in enumerate(buyers(20))
    ]
    results = at_once([partial(world.place, "owner", command) for command in commands])
    assert len(orders_of(results)) == 10
    left = [world.stock(key) for key in ("web-start", "admin-hours-10", "sfp-10g")]
    assert left == [90, 90, 0]


@pytest.mark.parametrize(("quantity", "fit"), [(1, 3), (2, 1), (3, 1), (4, 0)])
def test_racing_orders_never_pass_the_limit_of_a_client(
    world: World, quantity: int, fit: int
) -> None:
    # a client may have web-business three times
    command = world.order("stoyanova", line("web-business", "1 month", quantity))
    results = at_once([partial(world.place, "maria", command)] * 8)
    assert len(orders_of(results)) == fit
    for refusal in refusals_of(results):
        assert codes(refusal.reasons) == {"limit_reached"}
    assert count(world, Order) == fit


def test_one_cart_is_ordered_once_however_many_press_the_button(world: World) -> None:
    command = world.order("balkan.media")
    results = at_once([partial(world.place, "maria", command)] * 8)
    assert len(orders_of(results)) == 1
    assert {error.code for refusal in refusals_of(results) for error in refusal.errors} == {"empty"}
    assert (count(world, Order), count(world, OrderLine)) == (1, 2)


# The controls. Threads are few enough for the pool an engine has when nothing is said.
NAIVE = 12
own_tables = MetaData()
sale = Table(
    "naive_sale",
    own_tables,
    Column("id", Integer, primary_key=True),
    Column("request_key", String(20)),
)


@pytest.fixture
def naive(demo_url: str) -> Iterator[Engine]:
    """An engine as the library makes it, on the database that ``world`` has."""
    engine = create_engine(demo_url)
    own_tables.create_all(engine)
    yield engine
    engine.dispose()


def sales(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(sale)) or 0


def test_control_reading_stock_and_then_writing_it_oversells(naive: Engine, world: World) -> None:
    all_have_read = Barrier(NAIVE, timeout=PATIENCE)
    sfp = Tariff.key == "sfp-10g"

    def buy() -> None:
        with Session(naive) as session, session.begin():
            stock = session.scalars(select(Tariff.stock).where(sfp)).one()
            all_have_read.wait()
            if stock:
                session.execute(update(Tariff).where(sfp).values(stock=stock - 1))
                session.execute(insert(sale))

    at_once([buy] * NAIVE)
    assert sales(naive) == NAIVE > 10
    assert world.stock("sfp-10g") == 9


def test_control_looking_for_a_key_and_then_inserting_it_does_it_again(naive: Engine) -> None:
    all_have_looked = Barrier(NAIVE, timeout=PATIENCE)

    def place() -> None:
        with Session(naive) as session, session.begin():
            there = session.scalar(select(sale.c.id).filter_by(request_key="k1"))
            all_have_looked.wait()
            if there is None:
                session.execute(insert(sale).values(request_key="k1"))

    at_once([place] * NAIVE)
    assert sales(naive) > 1


def test_control_the_next_number_by_the_greatest_one_repeats_itself(naive: Engine) -> None:
    all_have_looked = Barrier(NAIVE, timeout=PATIENCE)

    def number() -> int:
        with Session(naive) as session, session.begin():
            taken = session.scalar(select(func.max(sale.c.request_key))) or "0"
            all_have_looked.wait()
            session.execute(insert(sale).values(request_key=str(int(taken) + 1)))
            return int(taken) + 1

    numbers = at_once([number] * NAIVE)
    assert len(set(numbers)) < NAIVE
