"""Paying part of an order in cash: one after the other, and many at once."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import cycle

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import Work, alternate, rush
from benchmarks.populated.installation import Installation
from benchmarks.writing.paying_floor import Received
from benchmarks.writing.placing import rows_written
from billing_panel.accounts.access.load_actors import staff_actor
from billing_panel.kernel.values.actor import Actor
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order

CASHIER = "owner"
AMOUNT = "5.00"
ORDERS = 1_000
ROUNDS = 100
CROWDS = (8, 32)
RUSH = 160
RUSHES = 3
WRITTEN = (
    "payment",
    "ledger_entry",
    "posting",
    "document",
    "order_document",
    "search_entry",
    "event",
)


def measure(installation: Installation) -> Iterator[Line]:
    with ExitStack() as stack:
        plain = stack.enter_context(closing(installation.plain()))
        orders = cycle(_unpaid(plain))
        actor = _cashier(installation)

        def panel() -> None:
            _pay(installation, next(orders), actor)

        panel()
        received = Received.last(plain)

        def floor() -> None:
            received.again(plain, next(orders))

        assert rows_written(plain, panel, WRITTEN) == rows_written(plain, floor, WRITTEN)
        engine = installation.panel.database.engine
        statements = statements_of_both(engine, panel, plain, floor)
        alone = alternate(panel, floor, ROUNDS)
        yield Line.of_times("pay in cash", installation.name, alone, statements)
        yield Line.of_rates("pay in cash, 1 thread", installation.name, alone.as_rates())
        crowd = _each_its_own(installation, received, orders, stack)
        for threads in CROWDS:
            together = rush(panel, crowd, threads=threads, times=RUSH, rounds=RUSHES)
            yield Line.of_rates(f"pay in cash, {threads} threads", installation.name, together)


def _unpaid(plain: Plain) -> list[int]:
    """So many that few are paid for twice: an order is read with all its payments."""
    rows = plain.rows(
        "SELECT id FROM orders WHERE stage = 'new' ORDER BY paid, id DESC LIMIT ?", (ORDERS,)
    )
    assert len(rows) == ORDERS, f"{len(rows)} orders wait to be paid, not {ORDERS}: make more"
    return [order_id for (order_id,) in rows]


def _cashier(installation: Installation) -> Actor:
    panel = installation.panel
    with panel.database.reading() as session:
        return staff_actor(session, CASHIER, panel.known)


def _pay(installation: Installation, order_id: int, actor: Actor) -> None:
    panel = installation.panel
    command = AdvanceOrder(order_id, "pay", fields={"payment_method": "cash", "amount": AMOUNT})
    with panel.database.writing() as session:
        advance_order(session, command, actor=actor, clock=panel.clock)


def _each_its_own(
    installation: Installation, received: Received, orders: Iterator[int], stack: ExitStack
) -> Work:
    """The floor on a connection for each thread."""
    own = threading.local()

    def work() -> None:
        if not hasattr(own, "plain"):
            own.plain = stack.enter_context(closing(installation.plain()))
        received.again(own.plain, next(orders))

    return work
