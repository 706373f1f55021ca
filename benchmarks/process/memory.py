"""``python -m benchmarks.process.memory``: what a server process holds after many pages.

A running server with one process, on SQLite, as it is installed: its fonts are made and its modules
compiled. Its own memory (USS) is what no other process shares: what the machine would have back if
it ended.
"""

import http.client
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

from benchmarks.documents.others import FONTS
from benchmarks.populated.installation import (
    SECRET_KEY,
    UNBOUNDED,
    Installation,
    installations,
)
from benchmarks.reading.slow_clients import free_port, wait_for
from billing_panel.kernel.files.fonts import ensure_fonts
from tests.cli.shell import PROGRAM
from tests.postgres import cluster

ORDERS, PAGES = 5_000, 20_000
LOOKS = (20, 1_000, 5_000, 10_000, 15_000, 20_000)
DONT_COMPILE = "PYTHONDONTWRITEBYTECODE"
PRIVATE = ("Private_Clean:", "Private_Dirty:")


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.process.memory", description=__doc__)
    parser.add_argument("--pages", type=int, default=PAGES, help="how many are asked for")
    pages = parser.parse_args().pages
    ensure_fonts(FONTS)
    with cluster() as server, installations(server, ORDERS) as made:
        made[0].panel.config.fonts_dir.symlink_to(FONTS)
        # what it imports is compiled by the first start
        with served(made[0]):
            pass
        for number, own in measure(made[0], pages):
            print(f"{number:>7,} pages: {own / 1024:6.1f} MB of its own", flush=True)


def measure(installation: Installation, pages: int) -> Iterator[tuple[int, int]]:
    """(pages so far, KB of its own) of the process that answers them."""
    with served(installation) as (port, server):
        connection, asked = http.client.HTTPConnection("127.0.0.1", port), 0
        addresses = cycle(addresses_of(installation))
        for until in [*(look for look in LOOKS if look < pages), pages]:
            for address in islice(addresses, until - asked):
                connection.request("GET", address, headers={"Cookie": installation.cookie})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    sys.exit(f"{address}: {answer.status} {body[:200]!r}")
            asked = until
            yield asked, sum(map(own_memory, children_of(server.pid)))


def addresses_of(installation: Installation) -> list[str]:
    """Pages as people open them: lists at many places, many orders, a new order, a search."""
    client = installation.crowd.giant
    lists = [f"/orders?from={ORDERS - 97 * number}" for number in range(20)]
    orders = [f"/orders/{ORDERS - 41 * number}" for number in range(40)]
    others = ["/", "/orders", f"/clients/{client}/orders", f"/clients/{client}/orders/new"]
    searches = [f"/search?query={10_000 + 53 * number}" for number in range(20)]
    return [*lists, *orders, *others, *searches]


@contextmanager
def served(installation: Installation) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The port and the server, which gives itself one process to answer."""
    panel, port = installation.panel, free_port()
    url = panel.database.url.render_as_string(hide_password=False)
    settings = {
        "HOME": str(panel.config.home),
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET_KEY,
        "SECURE_COOKIES": "0",
        "PAGE_REQUESTS_PER_MINUTE": str(UNBOUNDED),
    }
    inherited = {name: said for name, said in os.environ.items() if name != DONT_COMPILE}
    server = subprocess.Popen(
        [str(PROGRAM), "serve", "--workers", "1", "--port", str(port)],
        env={**inherited, **{f"BILLING_PANEL_{name}": said for name, said in settings.items()}},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        begun = time.monotonic()
        wait_for(lambda: answers(port))
        print(f"answers after {time.monotonic() - begun:.1f} s", flush=True)
        yield port, server
    finally:
        server.terminate()
        server.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def own_memory(pid: int) -> int:
    """KB that no other process shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(PRIVATE))


if __name__ == "__main__":
    main()
