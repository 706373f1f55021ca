"""``python -m benchmarks``: the speed of what matters, each beside the least it could take."""

import gc
import os
import sys
from argparse import ArgumentParser
from contextlib import redirect_stderr
from pathlib import Path
from types import ModuleType

from benchmarks.books import verifying
from benchmarks.deadlines import fire_deadlines
from benchmarks.measuring.report import Line, markdown_table, plain_table
from benchmarks.populated.installation import Installation, installations
from benchmarks.populated.machine import described
from benchmarks.reading import (
    client_pages,
    desk_pages,
    lists,
    pages,
    printing,
    searching,
    slow_clients,
)
from benchmarks.writing import paying, placing, planning
from tests.postgres import cluster

ORDERS = 200_000
DEADLINES = 5_000
POSTINGS = 1_000_000


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many the databases hold")
    parser.add_argument("--clients", action="store_true", help="measure pages of clients alone")
    parser.add_argument("--staff", action="store_true", help="measure the pages of staff alone")
    parser.add_argument("--markdown", action="store_true", help="print a table for README.md")
    parser.add_argument(
        "--deadlines", type=int, default=DEADLINES, help="how many are fired in a row"
    )
    parser.add_argument(
        "--postings", type=int, default=POSTINGS, help="how many the books have when added up"
    )
    options = parser.parse_args()
    with cluster() as server:
        _say(f"Making {options.orders:,} orders on each engine …")
        with installations(server, options.orders) as made:
            if options.clients:
                lines = _measured_alone(made, client_pages)
            elif options.staff:
                lines = _measured_alone(made, desk_pages, searching)
            else:
                lines = _measured(made, options.deadlines, options.postings)
            machine = described(server)
    table = markdown_table(lines) if options.markdown else plain_table(lines)
    print(f"{table}\n\n{options.orders:,} orders. {machine}")


def _measured_alone(made: list[Installation], *rooms: ModuleType) -> list[Line]:
    gc.collect()
    gc.freeze()
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        return [line for room in rooms for one in made for line in room.measure(one)]


def _measured(made: list[Installation], due: int, postings: int) -> list[Line]:
    # as the server does after start-up
    gc.collect()
    gc.freeze()
    lines: list[Line] = []
    # requests write their log to standard error; it costs what it costs, and is not read
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        for measured in (lists, pages, client_pages, desk_pages, searching, placing):
            for installation in made:
                _say(f"{measured.__name__.rpartition('.')[2]} on {installation.name} …")
                lines += measured.measure(installation)
        for installation in made:
            _say(f"deadlines on {installation.name} …")
            lines += fire_deadlines.measure(installation, due)
        # afterwards: nothing of an order that was paid for falls due
        for installation in made:
            _say(f"paying on {installation.name} …")
            lines += paying.measure(installation)
        _say("planning …")
        lines += planning.measure()
        _say("printing …")
        lines += printing.measure(made[0])
        _say("pages beside slow clients …")
        lines += slow_clients.measure()
        for installation in made:
            _say(f"adding up the books on {installation.name} …")
            lines += verifying.measure(installation, postings)
    return lines


def _say(words: str) -> None:
    # past whatever turns requests’ log away
    print(words, file=sys.__stderr__)


if __name__ == "__main__":
    main()
