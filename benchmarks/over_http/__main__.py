"""``python -m benchmarks.over_http``: the API of the running server, by eight connections at once.

Requests a second, the time within which 95 of 100 are answered, and the processor's time of server
and database for each, on both engines; beside a bare Flask route that answers with a constant and
beside the same SQL by hand, both served by gunicorn with as many processes and threads.
"""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring.processor_time import postmaster
from benchmarks.measuring.report import markdown_rows
from benchmarks.measuring.running_server import running
from benchmarks.over_http.rushing import CONNECTIONS, Asked, Rushed, Served
from benchmarks.populated import crowd
from benchmarks.populated.installation import UNBOUNDED, Installation, installations
from benchmarks.populated.machine import described
from benchmarks.reading.slow_clients import free_port
from tests.postgres import cluster

ORDERS = 20_000
REQUESTS = 400
PROCESSES, THREADS = "1", "8"
HEAD = ("what", "database", "server", "requests / s", "p95", "processor", "of a constant")
LINES = [
    {"tariff": line.tariff, "period": line.period, "options": dict(line.options)}
    for line in crowd.LINES
]
QUOTE = json.dumps({"lines": LINES}).encode()
PLACED = json.dumps({"lines": LINES, "payment_method": "bank_transfer"}).encode()
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
    parser.add_argument("--requests", type=int, default=REQUESTS, help="how many of each sort")
    options = parser.parse_args()
    rows: list[Sequence[str]] = []
    with cluster() as server:
        with installations(server, options.orders) as made:
            for installation in made:
                rows += measured(installation, options.requests, postmaster(server.folder))
        machine = described(server)
    print(markdown_rows(HEAD, rows))
    print(f"\n{options.orders:,} orders, {PROCESSES} process, {CONNECTIONS} connections. {machine}")
    print(f"{datetime.now(UTC):%d %B %Y}, load {os.getloadavg()[0]:.0f} at the end.")


def measured(installation: Installation, requests: int, database: int) -> Iterator[Sequence[str]]:
    """The rows of one engine."""
    clients, name = installation.crowd.others, installation.name
    with (
        panel_served(installation, database) as panel,
        floors_served(installation, database) as floors,
    ):
        constant = floors.rushed(CONSTANT, clients, requests)
        yield row("a constant", name, "bare Flask", constant, constant)
        for what, asked in OF_THE_PANEL.items():
            of_panel = panel.rushed(asked, clients, requests, installation.token)
            # of placing: the rows of the newest order are those that are written over again
            of_floor = floors.rushed(by_hand(what), clients, requests)
            yield row(what, name, "panel", of_panel, constant)
            yield row(what, name, "SQL by hand", of_floor, constant)


def row(what: str, name: str, server: str, taken: Rushed, constant: Rushed) -> Sequence[str]:
    return (
        what,
        name,
        server,
        f"{taken.rate:.0f}",
        f"{taken.p95 * 1000:.0f} ms",
        f"{taken.processor * 1000:.2f} ms",
        f"{taken.processor / constant.processor:.1f}",
    )


@contextmanager
def panel_served(installation: Installation, database: int) -> Iterator[Served]:
    config, port = installation.panel.config, free_port()
    environ = {
        "BILLING_PANEL_HOME": str(config.home),
        "BILLING_PANEL_DATABASE_URL": config.database_url,
        "BILLING_PANEL_SECRET_KEY": config.secret_key,
        "BILLING_PANEL_TOKEN_REQUESTS_PER_MINUTE": str(UNBOUNDED),
        # writers meet on SQLite; on a busy machine they wait longer than anybody would
        "BILLING_PANEL_WRITE_SECONDS": "300",
    }
    program = str(Path(sys.executable).with_name("billing-panel"))
    command = [program, "serve", "--workers", PROCESSES, "--threads", THREADS, "--port", str(port)]
    with running(command, environ, port) as server:
        yield Served(port, (server.pid, database))


@contextmanager
def floors_served(installation: Installation, database: int) -> Iterator[Served]:
    port = free_port()
    environ = {
        "FLOOR_DATABASE": installation.panel.database.url.render_as_string(hide_password=False),
        "FLOOR_STAFF": str(installation.staff_id),
    }
    command = [sys.executable, "-m", "gunicorn", "benchmarks.over_http.floor_server:app"]
    size = ["--workers", PROCESSES, "--threads", THREADS]
    quiet = ["--log-level", "error", "--no-control-socket"]
    bound = ["--bind", f"127.0.0.1:{port}"]
    with running([*command, *size, *quiet, *bound], environ, port, ready="/constant") as server:
        yield Served(port, (server.pid, database))


if __name__ == "__main__":
    main()
