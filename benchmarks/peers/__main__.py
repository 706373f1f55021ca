"""``python -m benchmarks.peers``: the panel beside django-oscar, pretix and the floor.

Each has a shop of so many orders in a database of its own on one PostgreSQL, and is served by
gunicorn with as many processes. All run at once and are asked in turns, so that whatever else the
machine does troubles all alike; medians are shown, and how many times the panel does as much.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from statistics import median

from benchmarks.measuring.processor_time import postmaster
from benchmarks.measuring.report import markdown_rows
from benchmarks.measuring.running_server import running
from benchmarks.peers.asking import CONNECTIONS, Served
from benchmarks.peers.floor.floor_shop import floor_shop
from benchmarks.peers.oscar.oscar_shop import oscar_shop
from benchmarks.peers.panel.panel_shop import panel_shop
from benchmarks.peers.placing import placing
from benchmarks.peers.pretix.pretix_shop import pretix_shop
from benchmarks.peers.redis_server import redis
from benchmarks.peers.shop import Shop, Taken
from benchmarks.peers.virtual_environments import KEPT
from benchmarks.populated.installation import Installation, on_postgresql
from benchmarks.reading.slow_clients import free_port
from tests.postgres import Cluster, cluster

ORDERS, WORKERS, SECONDS, ROUNDS, PLACED = 10_000, 2, 4.0, 3, 20
WARM_UP = 1.0
PEERS = ("django-oscar", "pretix")
PLACING = "place 3 lines, with a bill"
HEAD = (
    *("what", "shop", "rows", "a second", "panel / it", "CPU", "it / panel"),
    *("CPU of PostgreSQL", "statements"),
)


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many each shop holds")
    parser.add_argument("--workers", type=int, default=WORKERS, help="processes of each server")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long a burst lasts")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS, help="beside the panel")
    options = parser.parse_args()
    KEPT.mkdir(parents=True, exist_ok=True)
    begun, load = datetime.now(UTC), os.getloadavg()[0]
    with ExitStack() as stack:
        server, redis_url = stack.enter_context(cluster()), stack.enter_context(redis())
        installation = stack.enter_context(on_postgresql(server, options.orders))
        making = Making(server, redis_url, installation, options.orders, options.workers)
        shops = making.shops(options.peers)
        database = postmaster(server.folder)
        # each row as soon as it is there: on a busy machine it takes long
        print(markdown_rows(HEAD, []))
        for row in pages_measured(shops, options.seconds, database):
            print(f"| {' | '.join(row)} |", flush=True)
        for row in placing_measured([shop for shop, _port in shops], database):
            print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{options.orders:,} orders, {options.workers} processes, {CONNECTIONS} connections,")
    print(f"{begun:%d %B %Y, %H:%M} UTC; load {load:.0f} before, {os.getloadavg()[0]:.0f} after.")
    print(
        *(f"{shop.name} {shop.version} ({shop.licence})." for shop, _port in shops if shop.version)
    )


@dataclass(frozen=True)
class Making:
    """What the shops are made of."""

    cluster: Cluster
    redis: str
    installation: Installation
    orders: int
    workers: int

    def shops(self, peers: Sequence[str]) -> list[tuple[Shop, int]]:
        """Each with its port: panel and floor, then ``peers``."""
        ports = sorted({free_port() for _ in range(20)})
        made = [
            panel_shop(self.installation, self.orders, self.workers),
            floor_shop(self.installation, self.workers),
        ]
        for name, port in zip(peers, ports[2:], strict=False):
            say(f"Making the shop of {name} …")
            made.append(self._peer(name, port))
        return list(zip(made, ports, strict=False))

    def _peer(self, name: str, port: int) -> Shop:
        if name == "pretix":
            return pretix_shop(self.cluster, self.redis, self.orders, self.workers, port)
        return oscar_shop(self.cluster, self.redis, self.orders, self.workers)


def pages_measured(
    shops: Sequence[tuple[Shop, int]], seconds: float, database: int
) -> Iterator[Sequence[str]]:
    """The rows of all pages, the panel's first in each."""
    with ExitStack() as stack:
        served = [stack.enter_context(serving(shop, port)) for shop, port in shops]
        for title in shops[0][0].pages:
            rows = [one.rows(one.shop.pages[title]) for one in served]
            say(f"{title} …")
            # the first round warms up
            lengths = [WARM_UP, *[seconds] * ROUNDS]
            rounds = [
                [one.burst(one.shop.pages[title], length, database) for one in served]
                for length in lengths
            ]
            of_shops = [middle(taken) for taken in zip(*rounds[1:], strict=True)]
            for one, number, own in zip(served, rows, of_shops, strict=True):
                yield told(title, one.shop.name, str(number), own, of_shops[0])


@contextmanager
def serving(shop: Shop, port: int) -> Iterator[Served]:
    command = [*shop.serve, *shop.address(port)]
    log = KEPT / f"{shop.name}.log"
    with running(command, shop.environ, port, ready=shop.ready, log=log) as server:
        yield Served(shop, port, server.pid, shop.sign_in(port))


def placing_measured(shops: Sequence[Shop], database: int) -> Iterator[Sequence[str]]:
    """The rows of placing, each shop in a process of its own."""
    with ExitStack() as stack:
        processes = []
        for shop in shops:
            say(f"placing: {shop.name} …")
            processes.append(stack.enter_context(placing(shop, KEPT / f"{shop.name}.log")))
        rounds = [[one.place(PLACED, database) for one in processes] for _ in range(ROUNDS)]
    of_shops = [middle(kept) for kept in zip(*rounds, strict=True)]
    for shop, own in zip(shops, of_shops, strict=True):
        yield told(PLACING, shop.name, "", own, of_shops[0])


def middle(taken: Sequence[Taken]) -> Taken:
    """The median of each figure."""
    return Taken(*map(median, zip(*map(astuple, taken), strict=True)))


def told(what: str, name: str, rows: str, own: Taken, panel: Taken) -> Sequence[str]:
    """A row of the table, with how many times the panel does as much."""
    return (
        what,
        name,
        rows,
        f"{own.rate:.1f}",
        f"{panel.rate / own.rate:.2f}",
        f"{own.application * 1000:.1f} ms",
        f"{own.application / panel.application:.2f}",
        f"{own.database * 1000:.1f} ms",
        f"{own.statements:.0f}" if own.statements else "",
    )


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
