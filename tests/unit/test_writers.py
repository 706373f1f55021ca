"""R3: writers in line on SQLite wait, and not without end."""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billing_panel.kernel.database.sqlite_writers import Line
from billing_panel.kernel.database.unavailable import Trouble, Unavailable

AN_HOUR = 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "writer"


@contextmanager
def taken(path: Path) -> Iterator[None]:
    """By somebody in another process."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def test_a_wait_for_another_process_has_an_end(path: Path) -> None:
    line = Line(path)
    for _ in range(3):
        with taken(path), pytest.raises(Unavailable) as told, line.alone(0.01):
            pass
        assert told.value.trouble is Trouble.BUSY
    with line.alone(AN_HOUR):
        pass

    """The lock that comes after the wait is over belongs to whoever comes next."""
    with taken(path), pytest.raises(Unavailable), Line(path).alone(0.01):
        pass
    with Line(path).alone(AN_HOUR):
        pass


def test_a_wait_goes_on_when_the_other_process_is_done(path: Path) -> None:
    line, entered = Line(path), threading.Event()

    def write() -> None:
        with line.alone(AN_HOUR):
            entered.set()

    with taken(path):
        writer = threading.Thread(target=write)
        writer.start()
        assert not entered.is_set()
    writer.join()
    assert entered.is_set()


def test_threads_of_one_process_wait_for_each_other(path: Path) -> None:
    line, inside, most = Line(path), [0], [0]

    def write() -> None:
        with line.alone(AN_HOUR):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    writers = [threading.Thread(target=write) for _ in range(20)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert most == [1]


def test_a_folder_that_is_gone_is_no_line(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as told, Line(tmp_path / "away" / "writer").alone(1):
        pass
    assert told.value.trouble is Trouble.GONE
