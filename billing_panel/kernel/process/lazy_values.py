"""What is made when it is first asked for, once."""

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any, Generic, Self, TypeVar, overload

from typing_extensions import override

T = TypeVar("T")


class kept_property(Generic[T]):  # noqa: N801 (read as ``property``)
    """A property that is worked out when it is first asked for, and kept by its object.

    ``functools.cached_property`` holds one lock for the same property of all objects until Python
    3.12: whoever reads the database in one would keep every other thread waiting that does. Here
    two threads that ask at once both work it out; what must be made once is ``Lazy``.
    """

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self.__doc__ = work_out.__doc__

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owned_by: None, owner: type) -> Self: ...

    @overload
    def __get__(self, owned_by: object, owner: type) -> T: ...

    def __get__(self, owned_by: object | None, owner: type) -> Self | T:
        if owned_by is None:
            return self
        # from now on found before this is
        found = owned_by.__dict__[self._name] = self._work_out(owned_by)
        return found


class Lazy(Generic[T]):
    """Called, it is what ``make`` gives; ``make`` is called once. Raises what ``make`` raises."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        # of this one alone, and the same thread may come back
        self._lock = RLock()

    def __call__(self) -> T:
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]


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
