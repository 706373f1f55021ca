"""What is made when it is first asked for, once."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeVar

from typing_extensions import override

T = TypeVar("T")


class Lazy(Generic[T]):
    """Called, it is what ``make`` gives; ``make`` is called once. Raises what ``make`` raises."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    def __call__(self) -> T:
        return self._made

    @cached_property
    def _made(self) -> T:
        return self._make()


class LazyMapping(Mapping[str, T]):
    """A mapping that is made when somebody first looks into it."""

    def __init__(self, make: Callable[[], Mapping[str, T]]) -> None:
        self._made = Lazy(make)

    @override
    def __getitem__(self, key: str) -> T:
        return self._made()[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    @override
    def __len__(self) -> int:
        return len(self._made())
