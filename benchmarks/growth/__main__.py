"""``python -m benchmarks.growth``: what pages and look-ups cost as the shop grows.

Shops of several sizes lie side by side, and each page is asked of all of them in turns. Counted is
the processor's time of the panel and, on PostgreSQL, of its connections. Growth is the exponent of
N between the smallest and the largest shop: 0 is flat, 1 grows as the number of orders does.
"""

import gc
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, redirect_stderr
from datetime import UTC, datetime
from functools import partial
from math import log
from pathlib import Path

from benchmarks.growth.looking_up import look_ups
from benchmarks.measuring.plain_sql import Plain
from benchmarks.measuring.processor_time import postmaster, with_children_of
from benchmarks.measuring.report import markdown_rows
from benchmarks.measuring.stopwatch import Work, in_turns
from benchmarks.populated.installation import Installation, on_postgresql, on_sqlite
from benchmarks.populated.machine import described
from benchmarks.reading.barest_page import barest_app
from benchmarks.reading.beside_barest import addresses, asked
from benchmarks.reading.pages import html
from tests.postgres import Cluster, cluster

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS = 30
BAREST = "the barest page"
ENGINES = {"sqlite": on_sqlite, "postgresql": on_postgresql}


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=SIZES, help="sizes of the shops")
    parser.add_argument("--engines", nargs="+", default=[*ENGINES], choices=ENGINES)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is asked for")
    options = parser.parse_args()
    sizes = sorted(options.orders)
    print(markdown_rows(("what", "database", *(f"{size:,}" for size in sizes), "growth"), []))
    with cluster() as server:
        for name in options.engines:
            for row in _of_engine(server, name, sizes, options.rounds):
                print(f"| {' | '.join(row)} |", flush=True)
        machine = described(server)
    print(f"\n{datetime.now(UTC):%d %B %Y}, load {os.getloadavg()[0]:.0f} at the end. {machine}")


def _of_engine(
    server: Cluster, name: str, sizes: Sequence[int], rounds: int
) -> Iterator[Sequence[str]]:
    with ExitStack() as stack:
        shops = []
        for size in sizes:
            print(f"Making {size:,} orders on {name} …", file=sys.stderr, flush=True)
            shops.append(stack.enter_context(ENGINES[name](server, size)))
        # as the server does after start-up
        gc.collect()
        gc.freeze()
        # PostgreSQL works in processes of its own, SQLite in this one
        of_both = with_children_of(postmaster(server.folder))
        clock = time.process_time if shops[0].panel.database.is_sqlite else of_both
        for title, taken in _measured(shops, rounds, clock):
            times = [f"{seconds * 1000:.1f} ms" for seconds in taken]
            yield (title, shops[0].name, *times, f"{exponent(sizes, taken):+.3f}")
        gc.unfreeze()


def _measured(
    shops: Sequence[Installation], rounds: int, clock: Callable[[], float]
) -> Iterator[tuple[str, Sequence[float]]]:
    """Of each page its title and its time in each of ``shops``."""
    with ExitStack() as stack:
        plains = [stack.enter_context(closing(shop.plain())) for shop in shops]
        for title, works in _works(shops, plains):
            print(f"{title} on {shops[0].name} …", file=sys.stderr, flush=True)
            # requests write their log to standard error; it costs what it costs, and is not read
            with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
                taken = in_turns(works, rounds, clock)
            yield title, taken


def _works(
    shops: Sequence[Installation], plains: Sequence[Plain]
) -> Iterator[tuple[str, Sequence[Work]]]:
    """What is asked of each shop, by title."""
    root = asked("/", "")
    yield BAREST, [partial(html, barest_app(plain), root) for plain in plains]
    pairs = list(zip(shops, plains, strict=True))
    of_shops = [addresses(one, plain) | look_ups(one, plain) for one, plain in pairs]
    for title in of_shops[0]:
        yield (
            title,
            [
                partial(html, one.app, asked(paths[title], one.cookie))
                for one, paths in zip(shops, of_shops, strict=True)
            ],
        )


def exponent(sizes: Sequence[int], taken: Sequence[float]) -> float:
    """By which power of the size the time grows, from the first to the last."""
    return log(taken[-1] / taken[0]) / log(sizes[-1] / sizes[0])


if __name__ == "__main__":
    main()
