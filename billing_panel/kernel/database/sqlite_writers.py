"""Writers on SQLite queue, in this process and across processes, for a limited time.

Without a line SQLite's polling starves some of them for seconds.
"""

import errno
import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from billing_panel.kernel.database.unavailable import Trouble, Unavailable

# So many wait to the end; the others give up when nobody was let through for so long. A line that
# stands still leaves threads for those who read.
PATIENT = 4
STANDS_STILL_SECONDS = 5.0


class Line:
    """``path``: the file whose lock is the writer's. One object for all threads of a process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._waiting = 0
        self._moved_at = 0.0
        self._asked: _Asked | None = None

    @contextmanager
    def alone(self, seconds: float) -> Iterator[None]:
        """Raises Unavailable when the turn does not come within ``seconds``."""
        end = time.monotonic() + seconds
        self._wait_for_turn(end)
        try:
            with self._locked(end):
                self._moved_at = time.monotonic()
                yield
        finally:
            self._turn.release()

    def _wait_for_turn(self, end: float) -> None:
        """First among the threads of this process."""
        if self._turn.acquire(blocking=False):
            if not self._waiting:
                self._moved_at = time.monotonic()
            return
        self._waiting += 1
        try:
            while not self._is_hopeless(end):
                if self._turn.acquire(timeout=min(STANDS_STILL_SECONDS, max(0.0, _left(end)))):
                    return
            raise Unavailable(Trouble.BUSY)
        finally:
            self._waiting -= 1

    def _is_hopeless(self, end: float) -> bool:
        stands_still = time.monotonic() - self._moved_at > STANDS_STILL_SECONDS
        return _left(end) <= 0 or (stands_still and self._waiting > PATIENT)

    @contextmanager
    def _locked(self, end: float) -> Iterator[None]:
        """Then among processes."""
        file = self._at_once() or self._in_time(end)
        with file:
            yield

    def _at_once(self) -> IO[bytes] | None:
        file = _opened(self._path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def _in_time(self, end: float) -> IO[bytes]:
        """However often it takes too long, one thread waits for the lock and no more."""
        if self._asked is None or self._asked.is_over:
            self._asked = _Asked(_opened(self._path))
        file = self._asked.wait(max(0.0, _left(end)))
        if file is None:
            raise Unavailable(Trouble.BUSY)
        self._asked = None
        return file


class _Asked:
    """The lock asked for by a thread, since the system's own waiting knows no end.

    When it comes and nobody wants it any more, it is let go at once. ``is_over``: it came so.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._state = threading.Condition()
        self._came = False
        self._wanted = True
        self.is_over = False
        threading.Thread(target=self._lock, name="writer", daemon=True).start()

    def _lock(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        with self._state:
            self._came = True
            if not self._wanted:
                self._file.close()
                self.is_over = True
            self._state.notify_all()

    def wait(self, seconds: float) -> IO[bytes] | None:
        with self._state:
            self._wanted = True
            self._wanted = self._state.wait_for(lambda: self._came, seconds)
            return self._file if self._wanted and not self.is_over else None


def _opened(path: Path) -> IO[bytes]:
    """Raises Unavailable."""
    try:
        return path.open("wb")
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EROFS}
        raise Unavailable(Trouble.FULL if full else Trouble.GONE) from error


def _left(end: float) -> float:
    return end - time.monotonic()
