"""Pages of a served shop, asked for by several connections at once for so many seconds."""

import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from benchmarks.measuring.processor_time import seconds_of_tree
from benchmarks.peers.shop import Cookies, Page, Shop, Taken

CONNECTIONS = 8


@dataclass(frozen=True)
class Served:
    """A shop that runs: ``process`` is its server's first one."""

    shop: Shop
    port: int
    process: int
    cookies: Cookies

    def rows(self, page: Page) -> int:
        """How many are on ``page``; nothing else tells whether a page is what it should be."""
        return len(re.findall(page.row, self._got(page)))

    def burst(self, page: Page, seconds: float, database: int) -> Taken:
        """``database``: its first process."""

        def cpu() -> tuple[float, float]:
            return seconds_of_tree(self.process), seconds_of_tree(database)

        begun, before = time.monotonic(), cpu()
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            until = [begun + seconds] * CONNECTIONS
            number = sum(pool.map(lambda end: self._ask_until(page, end), until))
        taken, after = time.monotonic() - begun, cpu()
        application, of_database = (new - old for old, new in zip(before, after, strict=True))
        return Taken(number / taken, application / number, of_database / number)

    def _ask_until(self, page: Page, end: float) -> int:
        """How many were answered; one at least."""
        connection, number = self._connection(), 0
        while True:
            self._ask(connection, page)
            number += 1
            if time.monotonic() > end:
                connection.close()
                return number

    def _got(self, page: Page) -> str:
        return self._ask(self._connection(), page).decode()

    def _ask(self, connection: http.client.HTTPConnection, page: Page) -> bytes:
        headers = {"Cookie": self.cookies[page.asks], "Accept": "text/html"}
        connection.request("GET", page.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (
            f"{self.shop.name}: {page.path}: {answer.status} {body[:500]!r}"
        )
        return body

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
