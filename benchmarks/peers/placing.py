"""Orders placed by a shop's own call, in one process of the shop's Python, a few at a time."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring.processor_time import seconds_of_tree
from benchmarks.peers.shop import Shop, Taken


@dataclass(frozen=True)
class Placing:
    """A process that waits to be told how many (``placing_loop``)."""

    process: subprocess.Popen[str]

    def place(self, number: int, database: int) -> Taken:
        """``database``: its first process."""
        before = seconds_of_tree(database)
        assert self.process.stdin
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()
        taken = json.loads(self.told())
        of_database = seconds_of_tree(database) - before
        return Taken(
            rate=number / taken["seconds"],
            application=taken["processor"] / number,
            database=of_database / number,
            statements=taken["statements"] / number,
        )

    def told(self) -> str:
        """The next line it says."""
        assert self.process.stdout
        return self.process.stdout.readline()


@contextmanager
def placing(shop: Shop, log: Path) -> Iterator[Placing]:
    """Ready to place. Raises RuntimeError if it could not warm up."""
    with log.open("a") as errors:
        process = subprocess.Popen(
            shop.place,
            env={**os.environ, **shop.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        made = Placing(process)
        if made.told().strip() != "ready":
            raise RuntimeError(f"{shop.name} does not place: {log}")
        yield made
    finally:
        process.communicate()
