"""``python -m benchmarks.reading``: pages beside the barest one, in a shop of so many orders."""

import gc
import os
from argparse import ArgumentParser
from contextlib import redirect_stderr
from pathlib import Path

from benchmarks.measuring.report import markdown_table, plain_table
from benchmarks.populated.installation import installations
from benchmarks.populated.machine import described
from benchmarks.reading import beside_barest
from tests.postgres import cluster

ORDERS = 100_000


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.reading", description=__doc__)
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many the databases hold")
    parser.add_argument("--markdown", action="store_true", help="print a table for README.md")
    options = parser.parse_args()
    with cluster() as server, installations(server, options.orders) as made:
        # as the server does after start-up
        gc.collect()
        gc.freeze()
        # requests write their log to standard error; it costs what it costs, and is not read
        with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
            lines = [line for one in made for line in beside_barest.measure(one)]
        machine = described(server)
    table = markdown_table(lines) if options.markdown else plain_table(lines)
    print(f"{table}\n\n{options.orders:,} orders. {machine}")


if __name__ == "__main__":
    main()
