"""Objects of a session, read, added and changed by statements made once.

A session works out anew how the rows of each statement become objects, and at each flush in which
order all that it holds is written: several times what the statement takes. None of that is needed
for rows that are read with all their columns, for a row that is added by itself, and where nothing
but columns changed. Whatever else is new, removed or hangs together, the session writes as ever.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Insert, Table, Update, bindparam, insert, inspect, update
from sqlalchemy.orm import InstanceState, Mapper, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.orm.base import NO_VALUE
from sqlalchemy.orm.exc import StaleDataError
from typing_extensions import override

from billing_panel.kernel.database.column_types import Base

T = TypeVar("T", bound=Base)
Values = Mapping[str, Any]


class Beside(Generic[T]):
    """The objects of ``model`` in rows that have all its columns side by side, from ``start`` on.

    ``instead``: columns that are read in another way, by their names.
    """

    def __init__(
        self,
        model: type[T],
        start: int = 0,
        instead: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        self._mapper = inspect(model)
        own = _columns(self._mapper)
        self._names = [*own]
        self._slice = slice(start, start + len(own))
        self._key = [start + self._names.index(name) for name in _key_names(self._mapper)]
        self.end = self._slice.stop
        read = {**own, **(instead or {})}
        self.columns = [read[name].label(f"o{start + n}") for n, name in enumerate(own)]

    def of(self, session: Session, row: Sequence[Any]) -> T | None:
        """The object of the session that ``row`` is; None where an outer join found none.

        One that the session has read since it last forgot (``row_locks``) stays as it is.
        """
        key = tuple(row[at] for at in self._key)
        if key[0] is None:
            return None
        identity = self._mapper.identity_key_from_primary_key(key)
        known = cast("T | None", session.identity_map.get(identity))
        if known is None:
            return self._made(session, identity, row)
        state = instance_state(known)
        if state.expired:
            state.dict.update(zip(self._names, row[self._slice], strict=True))
            _is_as_stored(session, state)
        return known

    def _made(self, session: Session, identity: Any, row: Sequence[Any]) -> T:
        made = cast("T", self._mapper.class_manager.new_instance())
        instance_dict(made).update(zip(self._names, row[self._slice], strict=True))
        # as a session attaches what it loads; ``add`` would ask what hangs on it
        state = instance_state(made)
        state.key, state.session_id = identity, session.hash_key
        session.identity_map.add(state)
        return made


def add_at_once(session: Session, row: Base) -> None:
    """Insert a new row that refers to nothing new, by itself; it has its id then."""
    if session.in_nested_transaction():
        # which has to know what to take back
        session.add(row)
        session.flush()
        return
    mapper, own = inspect(type(row)), instance_dict(row)
    (key,) = _key_names(mapper)
    values = {}
    for name, column in _columns(mapper).items():
        if name == key or (name not in own and column.default is not None):
            continue
        values[column.key] = own.setdefault(name, None)
    own[key] = session.connection().execute(_insert(mapper), values).scalar_one()
    make_transient_to_detached(row)
    session.add(row)


class PlainSession(Session):
    """Where nothing but columns of rows changed, each row is updated by a statement made once."""

    @override
    def flush(self, objects: Sequence[Any] | None = None) -> None:
        if not self._is_clean() and not objects:
            self._update_columns()
        super().flush(objects)

    def _update_columns(self) -> None:
        """All there is to write; nothing of it where there is more."""
        # what a savepoint may take back the session has to write itself
        if self.new or self.deleted or self.in_nested_transaction():
            return
        states = [instance_state(row) for row in self.dirty]
        changed = [_changed(state) for state in states]
        found = [(state, values) for state, values in zip(states, changed, strict=True) if values]
        # of several tables the session knows the order
        if None in changed or len({state.mapper for state, _ in found}) > 1:
            return
        for state, values in sorted(found, key=lambda one: one[0].identity or ()):
            self._update(state, values)
        for state in states:
            _is_as_stored(self, state)

    def _update(self, state: InstanceState[Any], values: Values) -> None:
        key = dict(zip(_key_binds(state.mapper), state.identity or (), strict=True))
        updated = self.connection().execute(_update(state.mapper), {**values, **key})
        if updated.rowcount != 1:
            raise StaleDataError(f"a row of {state.mapper.local_table} is gone")


def _changed(state: InstanceState[Any]) -> Values | None:
    """What became of its columns; None where other rows have to do with it."""
    changed = {}
    own = _columns(state.mapper)
    for name, before in state.committed_state.items():
        if name in state.dict and state.dict[name] is before:
            continue
        column = own.get(name)
        if column is None or column.primary_key or column.foreign_keys or name not in state.dict:
            return None
        now = state.dict[name]
        if isinstance(now, ColumnElement):
            return None
        if before is NO_VALUE or not column.type.compare_values(before, now):
            changed[column.key] = now
    return changed


def _is_as_stored(session: Session, state: InstanceState[Any]) -> None:
    # what loading and flushing say at their end; there is no other way to say it
    state._commit_all(state.dict, session.identity_map)  # noqa: SLF001


@cache
def _columns(mapper: Mapper[Any]) -> Mapping[str, Any]:
    """By the names they have in an object."""
    stored = cast("Table", mapper.local_table).columns
    found = ((attr.key, attr.columns[0]) for attr in mapper.column_attrs)
    return {name: column for name, column in found if stored.contains_column(column)}


def _key_names(mapper: Mapper[Any]) -> Iterator[str]:
    for column in mapper.primary_key:
        yield mapper.get_property_by_column(column).key


def _key_binds(mapper: Mapper[Any]) -> Iterator[str]:
    return (f"of_{name}" for name in _key_names(mapper))


@cache
def _insert(mapper: Mapper[Any]) -> Insert:
    return insert(cast("Table", mapper.local_table)).returning(*mapper.primary_key)


@cache
def _update(mapper: Mapper[Any]) -> Update:
    key = zip(mapper.primary_key, _key_binds(mapper), strict=True)
    found = (column == bindparam(bind, type_=column.type) for column, bind in key)
    return update(cast("Table", mapper.local_table)).where(*found)
