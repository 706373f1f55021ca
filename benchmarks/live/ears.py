"""Many connections to the live feed, from one thread, as browsers hold them: they come back."""

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread

ITEM = re.compile(rb'^data: \{"id":(\d+),')
AGAIN_SECONDS = 0.5
PATIENCE = 60.0


@dataclass(eq=False)
class Ear:
    """``heard``: the moment each event came, by its id, each time it came."""

    cookie: str
    start: str
    comes_back: bool = False
    reads: bool = True
    status: int | None = None
    cursor: bytes = b""
    heard: dict[int, list[float]] = field(default_factory=dict)
    connection: socket.socket | None = None
    rest: bytes = b""
    next_try: float = 0.0

    def request(self) -> bytes:
        resumed = b"Last-Event-ID: " + self.cursor + b"\r\n" if self.cursor else b""
        return (
            (f"GET {self.start} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self.cookie}\r\n").encode()
            + resumed
            + b"\r\n"
        )

    def take(self, data: bytes) -> None:
        now = time.perf_counter()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"HTTP/1.1 "):
                self.status = int(line.split()[1])
            elif line.startswith(b"id: "):
                self.cursor = line[4:].strip()
            elif found := ITEM.match(line):
                self.heard.setdefault(int(found[1]), []).append(now)


class Ears:
    """A thread that connects, reads, and connects again those that come back."""

    def __init__(self, port: int, ears: Sequence[Ear]) -> None:
        self.port = port
        self.all = list(ears)
        self.over = Event()
        self.selector = selectors.DefaultSelector()
        self.thread = Thread(target=self._run, daemon=True)

    def statuses(self) -> Counter[int | None]:
        return Counter(ear.status for ear in self.all)

    def wait_for(self, happened: Callable[[Ear], bool], ears: Sequence[Ear] | None = None) -> bool:
        end = time.monotonic() + PATIENCE
        while not all(happened(ear) for ear in ears or self.all):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def _run(self) -> None:
        while not self.over.is_set():
            now = time.monotonic()
            for ear in self.all:
                if ear.connection is None and ear.next_try <= now:
                    self._connect(ear)
            for key, _ in self.selector.select(0.05):
                self._read(key.data)
        for ear in self.all:
            if ear.connection is not None:
                ear.connection.close()
        self.selector.close()

    def _connect(self, ear: Ear) -> None:
        connection = socket.socket()
        connection.settimeout(5)
        if not ear.reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        try:
            connection.connect(("127.0.0.1", self.port))
            connection.sendall(ear.request())
        except OSError:
            connection.close()
            self._lost(ear)
            return
        connection.settimeout(0)
        ear.connection, ear.rest = connection, b""
        if ear.reads:
            self.selector.register(connection, selectors.EVENT_READ, ear)

    def _read(self, ear: Ear) -> None:
        assert ear.connection is not None
        try:
            data = ear.connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            ear.take(data)
            # as while the database is away: it asks again
            if not ear.comes_back or ear.status == 200:
                return
        self.selector.unregister(ear.connection)
        ear.connection.close()
        self._lost(ear)

    def _lost(self, ear: Ear) -> None:
        ear.connection = None
        ear.next_try = time.monotonic() + (AGAIN_SECONDS if ear.comes_back else 10**9)


@contextmanager
def listening(port: int, ears: Sequence[Ear]) -> Iterator[Ears]:
    """All connected and answered, or given up."""
    group = Ears(port, ears)
    group.thread.start()
    group.wait_for(lambda ear: ear.status is not None or not ear.reads)
    try:
        yield group
    finally:
        group.over.set()
        with suppress(RuntimeError):
            group.thread.join()
