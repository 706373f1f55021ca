"""A limit on slow work: so many at once, and so many for one person. Nobody queues.

What answers in a thread of the server keeps that thread. Whoever comes when all places are taken is
refused and told when to come again, so that pages always have threads to answer in.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from billing_panel.kernel.language.errors import Busy, TooManyAtOnce

# somebody's drawing or download is over by then, more often than not
COME_AGAIN = 5


class Places:
    """``most`` in all, ``of_one`` for one person, in this process. Safe among threads."""

    def __init__(self, *, most: int, of_one: int) -> None:
        self.most = most
        self.of_one = of_one
        self._lock = Lock()
        self._taken: Counter[int] = Counter()

    def take(self, person: int) -> Callable[[], None]:
        """Call what is returned, once, when it is over. Raises TooManyAtOnce, Busy."""
        with self._lock:
            if self._taken[person] >= self.of_one:
                raise TooManyAtOnce(self.of_one, COME_AGAIN)
            if self._taken.total() >= self.most:
                raise Busy(COME_AGAIN)
            self._taken[person] += 1
        return lambda: self._give_back(person)

    @contextmanager
    def taken(self, person: int) -> Iterator[None]:
        """Raises TooManyAtOnce, Busy."""
        give_back = self.take(person)
        try:
            yield
        finally:
            give_back()

    def _give_back(self, person: int) -> None:
        with self._lock:
            self._taken[person] -= 1
            # adding leaves out whoever has none any more
            self._taken += Counter()
