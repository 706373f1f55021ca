"""What is worked out when it is first asked for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from billing_panel.kernel.process.lazy_values import Lazy, kept_property

SOON = 10


class Page:
    def __init__(self, work_out: Callable[[], int]) -> None:
        self._work_out = work_out

    @kept_property
    def number(self) -> int:
        """How many."""
        return self._work_out()


def test_a_kept_property_is_worked_out_once_for_each_object() -> None:
    numbers = iter([1, 2])
    pages = [Page(lambda: next(numbers)) for _ in range(2)]
    assert [page.number for page in pages for _ in range(2)] == [1, 1, 2, 2]
    assert Page.number.__doc__ == "How many."


def test_no_object_waits_for_another() -> None:
    """Each is worked out only while the other is, too."""
    both = Barrier(2)
    pages = [Page(lambda: both.wait(SOON)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lambda page: page.number, pages)) == [0, 1]


def test_what_is_lazy_is_made_once_however_many_ask() -> None:
    asked: list[int] = []
    both = Barrier(2)

    def make() -> int:
        asked.append(1)
        return len(asked)

    lazy = Lazy(make)

    def ask(_number: int) -> int:
        both.wait(SOON)
        return lazy()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, range(2))) == [1, 1]
    assert asked == [1]
