"""A page of the running server while others send half a request, say nothing, or do not read.

All of them come from one machine, as one laptop can do it without signing in.
"""

import http.client
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from benchmarks.measuring.report import Line
from benchmarks.measuring.stopwatch import Pair
from tests.cli.shell import PROGRAM, Shell
from tests.conftest import new_home

PAGES = 20
# who waits longer is told apart no more
PATIENCE = 20.0
# on a busy machine all of it
START_SECONDS = 300.0
HALF_A_HEAD = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:"
HALF_A_BODY = (
    b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin="
)
CROWDS = (
    ("64 half-sent heads", HALF_A_HEAD, 64),
    ("64 half-sent forms", HALF_A_BODY, 64),
    ("500 silent connections", b"", 500),
)


def measure() -> Iterator[Line]:
    """Medians of a page with a crowd and, as the floor, of the same page without."""
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder)) as port:
        floor = _page(port)
        for title, sent, number in CROWDS:
            with _crowd(port, sent, number):
                panel = _page(port)
            yield Line.of_times(f"a page beside {title}", "SQLite", Pair(panel, floor))


@contextmanager
def _served(home: Path) -> Iterator[int]:
    shell = Shell(new_home(home / "home"))
    shell.run("init")
    port = free_port()
    server = subprocess.Popen(
        [str(PROGRAM), "serve", "--port", str(port)],
        env=shell.environment(),
        cwd=shell.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _asked(port))
        yield port
    finally:
        server.terminate()
        server.wait()


@contextmanager
def _crowd(port: int, sent: bytes, number: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(number):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            slow.sendall(sent)
        yield


def _page(port: int) -> float:
    """Seconds from connecting to the whole page; ``PATIENCE`` where it does not come."""
    taken = []
    for _ in range(PAGES):
        begun = time.perf_counter()
        came = _asked(port)
        taken.append(time.perf_counter() - begun if came else PATIENCE)
        if not came:
            break
    return median(taken)


def _asked(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/sign-in", headers={"Connection": "close"})
        return bool(connection.getresponse().read())
    except OSError:
        return False
    finally:
        connection.close()


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("the server does not start")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
