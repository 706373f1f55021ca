"""A server asked for the same thing by several connections at once."""

import http.client
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from statistics import quantiles

from benchmarks.measuring.processor_time import seconds_of_tree

CONNECTIONS = 8
WARM_UP = 40


@dataclass(frozen=True)
class Asked:
    """What is sent again and again: ``path`` by the id of a client."""

    method: str
    path: Callable[[int], str]
    body: bytes | None = None


@dataclass(frozen=True)
class Rushed:
    """Requests a second, seconds within which 95 of 100 are answered, processor's time of each."""

    rate: float
    p95: float
    processor: float


@dataclass(frozen=True)
class Served:
    """``processes`` are the first ones of the server and of PostgreSQL."""

    port: int
    processes: tuple[int, int]

    def rushed(
        self, asked: Asked, clients: Sequence[int], requests: int, token: str = ""
    ) -> Rushed:
        """``requests`` by all connections together, after some that warm up."""
        shares = [cycle(clients[number::CONNECTIONS]) for number in range(CONNECTIONS)]

        def connected(share: Iterator[int]) -> list[float]:
            return self._ask(asked, share, token, requests // CONNECTIONS)

        with ThreadPoolExecutor(CONNECTIONS) as pool:
            self._ask(asked, shares[0], token, WARM_UP)
            begun, before = time.perf_counter(), self._processor()
            taken = [one for times in pool.map(connected, shares) for one in times]
            whole, processor = time.perf_counter() - begun, self._processor() - before
        return Rushed(len(taken) / whole, quantiles(taken, n=20)[-1], processor / len(taken))

    def _processor(self) -> float:
        return sum(map(seconds_of_tree, self.processes))

    def _ask(self, asked: Asked, clients: Iterator[int], token: str, times: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
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
