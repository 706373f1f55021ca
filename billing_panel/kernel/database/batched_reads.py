"""Several small statements read as one, where it is the number of them that takes the time.

Each stays what it is by itself, and whoever reads its rows asks ``rows_of``, which looks into what
was read together or runs it. They have no order there: whoever needs one sorts.
"""

from collections import defaultdict, namedtuple
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Select, literal_column, null, union_all
from sqlalchemy import cast as as_type
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeEngine

from billing_panel.kernel.database.plain_rows import plain

AnySelect = Select[*tuple[Any, ...]]


class Together:
    """``statements`` as one, made once: columns of one type share a place in its rows."""

    def __init__(self, *statements: AnySelect) -> None:
        self.statements = statements
        types: dict[str, TypeEngine[Any]] = {}
        self._places = [_places(statement, types) for statement in statements]
        parts = [
            _part(number, statement, place, types)
            for number, (statement, place) in enumerate(zip(statements, self._places, strict=True))
        ]
        order = [*types]
        self._whole = union_all(*parts)
        self._rows = [
            (_shape(statement), [order.index(one) + 1 for one in place])
            for statement, place in zip(statements, self._places, strict=True)
        ]

    def read(self, session: Session, values: Mapping[str, Any]) -> "Ahead":
        """All of them with ``values``."""
        found: defaultdict[int, list[Any]] = defaultdict(list)
        for row in plain(session, self._whole, values):
            number = row[0]
            shape, places = self._rows[number]
            found[number].append(shape(*[row[place] for place in places]))
        return Ahead({id(one): found[n] for n, one in enumerate(self.statements)})


class Ahead:
    """Rows by the statement that would have given them."""

    def __init__(self, rows: Mapping[int, Sequence[Any]]) -> None:
        self._rows = rows

    def of(self, statement: AnySelect) -> Sequence[Any]:
        return self._rows[id(statement)]


def rows_of(
    where: Session | Ahead, statement: AnySelect, values: Mapping[str, Any]
) -> Sequence[Any]:
    """The rows of ``statement`` with ``values``, read now unless they were read together."""
    if isinstance(where, Ahead):
        return where.of(statement)
    return cast("Sequence[Any]", plain(where, statement, values).all())


def _shape(statement: AnySelect) -> Callable[..., Any]:
    """Its rows by the names of its columns."""
    return namedtuple("Read", [str(c.key) for c in statement.selected_columns])  # noqa: PYI024


def _places(statement: AnySelect, types: dict[str, TypeEngine[Any]]) -> list[str]:
    """For each column the name of its place, new ones added to ``types``."""
    numbers: defaultdict[str, count[int]] = defaultdict(count)
    places = []
    for column in statement.selected_columns:
        kind = repr(column.type)
        place = f"{kind} {next(numbers[kind])}"
        types.setdefault(place, column.type)
        places.append(place)
    return places


def _part(
    number: int, statement: AnySelect, places: Sequence[str], types: Mapping[str, TypeEngine[Any]]
) -> AnySelect:
    own = dict(zip(places, statement.selected_columns, strict=True))
    columns: list[ColumnElement[Any]] = [literal_column(str(number)).label("part")]
    for at, (place, kind) in enumerate(types.items()):
        value = own.get(place, null())
        if not isinstance(value, InstrumentedAttribute | Column):
            # the database gives a column of a union the type of all its parts
            value = as_type(value, kind)
        columns.append(value.label(f"c{at}"))
    return statement.with_only_columns(*columns, maintain_column_froms=True).order_by(None)
