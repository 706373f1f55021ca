"""A cursor that describes the columns of a result when somebody looks.

psycopg makes an object of each column each time it is asked whether there is a result. SQLAlchemy
asks that of every statement, and looks at the columns once for each.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from psycopg import Column, Cursor
from typing_extensions import override


class _Described(Sequence[Column]):
    """The columns of a result that has some, made when one is asked for."""

    def __init__(self, describe: Callable[[], Sequence[Column] | None], length: int) -> None:
        self._describe, self._length = describe, length

    @override
    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> Column: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Column]: ...
    @override
    def __getitem__(self, at: int | slice) -> Column | Sequence[Column]:
        return (self._describe() or ())[at]

    @override
    def __iter__(self) -> Iterator[Column]:
        return iter(self._describe() or ())


class LateCursor(Cursor[Any]):
    """What SQLAlchemy is given instead of psycopg's own."""

    @property
    @override
    def description(self) -> Sequence[Column] | None:  # type: ignore[override]
        result = self.pgresult
        if result is None or not result.nfields:
            return super().description
        return _Described(lambda: super(LateCursor, self).description, result.nfields)
