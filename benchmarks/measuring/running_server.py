"""A server in a process of its own, for as long as it is measured."""

import http.client
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.reading.slow_clients import wait_for


@contextmanager
def running(
    command: Sequence[str],
    environ: Mapping[str, str],
    port: int,
    *,
    ready: str = "/healthz",
    log: Path = Path(os.devnull),
) -> Iterator[subprocess.Popen[bytes]]:
    """``command``, which listens at ``port``, from when it answers ``ready`` until it has ended.

    Raises TimeoutError if it does not come to answer.
    """
    with log.open("ab") as told:
        server = subprocess.Popen(
            command, env={**os.environ, **environ}, stdout=told, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: _answers(port, ready))
        yield server
    finally:
        server.terminate()
        server.wait()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 400
    except OSError:
        return False
    finally:
        connection.close()
