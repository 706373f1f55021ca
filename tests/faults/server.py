"""The real server in processes of its own, and clients that say by hand what they say."""

import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.shell import PROGRAM, Shell

PATIENCE = 30


@contextmanager
def served(shell: Shell, port: int, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A server of its own session, listening; killed when the block ends, if not before."""
    server = subprocess.Popen(
        [str(PROGRAM), "serve", "--port", str(port), *options],
        env=shell.environment(),
        cwd=shell.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stderr is not None
    assert any("Listening at" in said for said in server.stderr), "it does not start"
    reader = threading.Thread(target=server.stderr.read)
    reader.start()
    try:
        yield server
    finally:
        kill(server)
        reader.join()
        server.stderr.close()


def kill(server: "subprocess.Popen[str]") -> None:
    """The server and its workers, as a power cut would."""
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Wire:
    """A connection on which nothing is said but what the test says."""

    def __init__(self, port: int, *, room: int | None = None) -> None:
        """``room``: bytes that are taken before they are read; else as the system likes."""
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.connect(("127.0.0.1", port))
        self.answers = self.socket.makefile("rb")

    def say(self, *lines: str, body: str = "", end: bool = True) -> "Wire":
        """The lines of a head, with ``end`` the empty one too, and ``body``."""
        head = "".join(f"{line}\r\n" for line in lines) + ("\r\n" if end else "")
        self.socket.sendall((head + body).encode())
        return self

    def status(self) -> int:
        """Of the next answer, which is read to its end; 0: the connection was closed instead."""
        first = self.answers.readline()
        if not first:
            return 0
        length = 0
        while (line := self.answers.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self.answers.read(length)
        return int(first.split()[1])

    def is_closed(self) -> bool:
        """Waits until it is, or something is said."""
        try:
            return self.answers.read(1) == b""
        except ConnectionResetError:
            return True

    def is_broken_off(self) -> bool:
        """Waits for that without reading."""
        waiting = select.poll()
        waiting.register(self.socket, select.POLLERR)
        return bool(waiting.poll(PATIENCE * 1000))

    def close(self) -> None:
        self.answers.close()
        self.socket.close()
