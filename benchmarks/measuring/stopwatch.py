"""The panel and its floor measured in turns, so that a noisy machine troubles both alike."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

Work = Callable[[], object]
WARM_UP = 5


@dataclass(frozen=True)
class Pair:
    """Medians of the panel and of the floor, both in seconds or both in runs a second."""

    panel: float
    floor: float

    @property
    def ratio(self) -> float:
        """The larger of the two in terms of the smaller."""
        return max(self.panel, self.floor) / min(self.panel, self.floor)

    def as_rates(self) -> "Pair":
        return Pair(1 / self.panel, 1 / self.floor)


def alternate(
    panel: Work, floor: Work, rounds: int, clock: Callable[[], float] = time.perf_counter
) -> Pair:
    """Seconds of one run each, panel and floor in turns."""
    return Pair(*in_turns((panel, floor), rounds, clock))


def in_turns(
    works: Sequence[Work], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> list[float]:
    """The median of each of ``works``, in seconds of ``clock``."""
    for work in (*works,) * WARM_UP:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, seconds in zip(works, taken, strict=True):
            begun = clock()
            work()
            seconds.append(clock() - begun)
    return [median(seconds) for seconds in taken]


def rush(panel: Work, floor: Work, *, threads: int, times: int, rounds: int) -> Pair:
    """Runs a second of ``threads`` at once, ``times`` in all in each round, in turns."""
    per_second: dict[Work, list[float]] = {panel: [], floor: []}
    with ThreadPoolExecutor(threads) as pool:
        for work in (panel, floor) * rounds:
            begun = time.perf_counter()
            for running in [pool.submit(work) for _ in range(times)]:
                running.result()
            per_second[work].append(times / (time.perf_counter() - begun))
    return Pair(median(per_second[panel]), median(per_second[floor]))
