"""Placing an order with three lines, by bank transfer (with its pro-forma) and in cash."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from itertools import cycle

from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.report import Line
from benchmarks.measuring.statements import statements_of_both
from benchmarks.measuring.stopwatch import Work, alternate, rush
from benchmarks.populated.crowd import LINES
from benchmarks.populated.installation import Installation
from benchmarks.writing.placing_floor import Written
from plugins.orders.checkout.place_order import PlaceOrder, place_order

METHODS = {"bank_transfer": "bank transfer", "cash": "cash"}
ROUNDS = 120
THREADS = 8
RUSH = 160
RUSHES = 3
WRITTEN = (
    "orders",
    "order_line",
    "order_tax",
    "document",
    "order_document",
    "order_deadline",
    "search_entry",
    "dialogue",
    "message",
    "event",
)


def measure(installation: Installation) -> Iterator[Line]:
    for method in METHODS:
        with ExitStack() as stack:
            yield from _measure(installation, method, stack)


def _measure(installation: Installation, method: str, stack: ExitStack) -> Iterator[Line]:
    clients = cycle(installation.crowd.others)
    plain = stack.enter_context(closing(installation.plain()))

    def panel() -> None:
        place_once(installation, method, next(clients))

    panel()
    written = Written.last(plain)

    def floor() -> None:
        written.again(plain, next(clients))

    title = f"place 3 lines, {METHODS[method]}"
    assert rows_written(plain, panel, WRITTEN) == rows_written(plain, floor, WRITTEN)
    statements = statements_of_both(installation.panel.database.engine, panel, plain, floor)
    alone = alternate(panel, floor, ROUNDS)
    yield Line.of_times(title, installation.name, alone, statements)
    yield Line.of_rates(f"{title}, 1 thread", installation.name, alone.as_rates())
    crowd = _each_its_own(installation, written, clients, stack)
    together = rush(panel, crowd, threads=THREADS, times=RUSH, rounds=RUSHES)
    yield Line.of_rates(f"{title}, {THREADS} threads", installation.name, together)


def place_once(installation: Installation, method: str, client_id: int) -> None:
    panel = installation.panel
    command = PlaceOrder(client_id, None, method, lines=LINES)
    with panel.database.writing() as session:
        place_order(session, command, actor=installation.staff, clock=panel.clock)


def _each_its_own(
    installation: Installation, written: Written, clients: Iterator[int], stack: ExitStack
) -> Work:
    """The floor on a connection for each thread."""
    own = threading.local()

    def work() -> None:
        if not hasattr(own, "plain"):
            own.plain = stack.enter_context(closing(installation.plain()))
        written.again(own.plain, next(clients))

    return work


def rows_written(plain: Plain, work: Work, tables: Sequence[str]) -> list[int]:
    """How many rows ``work`` adds to each of ``tables``."""
    before = [_count(plain, table) for table in tables]
    work()
    return [_count(plain, table) - old for table, old in zip(tables, before, strict=True)]


def _count(plain: Plain, table: str) -> int:
    return int(plain.value(f"SELECT count(*) FROM {table}"))
