"""``python -m benchmarks.over_http``: the API of the running server, by eight connections at once.

Requests a second and the time within which 95 of 100 are answered, on both engines; beside a bare
Flask route that answers with a constant and beside the same SQL by hand, both served by gunicorn.
"""

import http.client
import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import quantiles

from benchmarks.populated.installation import Installation, installations
from benchmarks.populated.machine import described
from benchmarks.reading.slow_clients import free_port, wait_for
from benchmarks.writing.placing import place_once
from tests.postgres import cluster

ORDERS = 20_000
CONNECTIONS = 8
REQUESTS = 400
WARM_UP = 40
UNBOUNDED = str(10**9)
HEAD = ("what", "database", "server", "requests / s", "p95")
LINES = [
    {"tariff": "web-start", "period": "1 month"},
    {"tariff": "domain-bg", "period": "12 months"},
]


@dataclass(frozen=True)
class Asked:
    """What is sent again and again: ``path`` by the id of a client."""

    method: str
    path: Callable[[int], str]
    body: bytes | None = None


QUOTE = json.dumps({"lines": LINES[:1]}).encode()
PLACED = json.dumps({"lines": LINES[:1], "payment_method": "bank_transfer"}).encode()
OF_THE_PANEL = {
    "history": Asked("GET", lambda client: f"/api/v1/clients/{client}/orders"),
    "catalogue": Asked("GET", lambda client: f"/api/v1/clients/{client}/catalog"),
    "quote": Asked("POST", lambda client: f"/api/v1/clients/{client}/quote", QUOTE),
    "place": Asked("POST", lambda client: f"/api/v1/clients/{client}/orders", PLACED),
}
CONSTANT = Asked("GET", lambda _client: "/constant")


def by_hand(what: str) -> Asked:
    """The floor of the same name."""
    of_panel = OF_THE_PANEL[what]
    return Asked(of_panel.method, lambda client: f"/{what}/{client}", of_panel.body)


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.over_http", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many the databases hold")
    options = parser.parse_args()
    with cluster() as server, installations(server, options.orders) as made:
        rows = [row for installation in made for row in measured(installation)]
        machine = described(server, made)
    print("\n".join("| " + " | ".join(row) + " |" for row in (HEAD, ("---",) * len(HEAD), *rows)))
    print(f"\n{options.orders:,} orders, {CONNECTIONS} connections. {machine}")


def measured(installation: Installation) -> Iterator[Sequence[str]]:
    """The rows of one engine."""
    clients, name = installation.crowd.others, installation.name
    with panel_served(installation) as panel, floors_served(installation) as floors:
        yield name_row("a constant", name, "bare Flask", rushed(floors, CONSTANT, clients))
        for what, asked in OF_THE_PANEL.items():
            of_panel = rushed(panel, asked, clients, installation.token)
            yield name_row(what, name, "panel", of_panel)
            if what == "place":
                # whose rows the floor writes over again
                place_once(installation, "bank_transfer", clients[0])
            yield name_row(what, name, "SQL by hand", rushed(floors, by_hand(what), clients))


def name_row(what: str, name: str, server: str, taken: tuple[float, float]) -> Sequence[str]:
    rate, p95 = taken
    return (what, name, server, f"{rate:.0f}", f"{p95 * 1000:.1f} ms")


def rushed(port: int, asked: Asked, clients: Sequence[int], token: str = "") -> tuple[float, float]:
    """Requests a second, and seconds within which 95 of 100 are answered."""
    per_connection = REQUESTS // CONNECTIONS
    shares = [cycle(clients[number::CONNECTIONS]) for number in range(CONNECTIONS)]

    def connected(share: Iterator[int]) -> list[float]:
        return _ask(port, asked, share, token, per_connection)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        _ask(port, asked, shares[0], token, WARM_UP)
        begun = time.perf_counter()
        taken = [one for times in pool.map(connected, shares) for one in times]
        whole = time.perf_counter() - begun
    return len(taken) / whole, quantiles(taken, n=20)[-1]


def _ask(port: int, asked: Asked, clients: Iterator[int], token: str, times: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        connection.request(asked.method, asked.path(next(clients)), asked.body, headers)
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status < 300, told
        taken.append(time.perf_counter() - begun)
    connection.close()
    return taken


@contextmanager
def panel_served(installation: Installation) -> Iterator[int]:
    config = installation.panel.config
    environ = {
        "BILLING_PANEL_HOME": str(config.home),
        "BILLING_PANEL_DATABASE_URL": config.database_url,
        "BILLING_PANEL_SECRET_KEY": config.secret_key,
        "BILLING_PANEL_TOKEN_REQUESTS_PER_MINUTE": UNBOUNDED,
    }
    program = Path(sys.executable).with_name("billing-panel")
    with _served([str(program), "serve", "--threads", "8"], "--port", environ) as port:
        yield port


@contextmanager
def floors_served(installation: Installation) -> Iterator[int]:
    environ = {
        "FLOOR_DATABASE": installation.panel.database.url.render_as_string(hide_password=False),
        "FLOOR_STAFF": str(installation.staff_id),
    }
    command = [sys.executable, "-m", "gunicorn", "benchmarks.over_http.floor_server:app"]
    threads = ["--threads", "8", "--log-level", "error", "--no-control-socket"]
    with _served([*command, *threads], "--bind", environ) as port:
        yield port


@contextmanager
def _served(command: list[str], option: str, environ: dict[str, str]) -> Iterator[int]:
    port = free_port()
    bound = str(port) if option == "--port" else f"127.0.0.1:{port}"
    server = subprocess.Popen(
        [*command, option, bound],
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _answers(port))
        yield port
    finally:
        server.terminate()
        server.wait()


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    main()
