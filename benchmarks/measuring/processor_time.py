"""The processor's time of processes, as Linux counts it: what stays true on a busy machine."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROCESSES = Path("/proc")


def postmaster(folder: Path) -> int:
    """The process of the PostgreSQL that lives in ``folder``."""
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


def with_children_of(parent: int) -> Callable[[], float]:
    """A clock of seconds: this process, and the children that ``parent`` has at the time.

    PostgreSQL gives each connection a child of its own, so a request is charged with what the
    database did for it. Idle children cost nothing.
    """

    def clock() -> float:
        others = sum(map(_nanoseconds, children_of(parent)))
        return time.process_time() + others / 1e9

    return clock


def seconds_of_tree(pid: int) -> float:
    """Of a process and of all that stem from it and are still running."""
    whole = sum(_nanoseconds(thread) for thread in _threads(pid))
    return whole / 1e9 + sum(map(seconds_of_tree, children_of(pid)))


def children_of(pid: int) -> list[int]:
    """None if it has ended."""
    try:
        told = (PROCESSES / f"{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in told.split()]


def _threads(pid: int) -> Iterator[str]:
    try:
        yield from (f"{pid}/task/{thread.name}" for thread in (PROCESSES / f"{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return


def _nanoseconds(process: int | str) -> int:
    """Spent on a processor by one thread, the first one of a process; 0 if it has ended."""
    try:
        return int((PROCESSES / f"{process}/schedstat").read_text().split()[0])
    except (FileNotFoundError, ProcessLookupError):
        return 0
