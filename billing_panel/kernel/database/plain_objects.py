"""Objects of a session, read, added and changed by statements made once.

A session works out anew how the rows of each statement become objects, and at each flush in which
order all that it holds is written: several times what the statement takes. None of that is needed
for rows that are read with all their columns, for rows that are added with what is theirs alone,
and where nothing but columns changed. Whatever else is new, removed or hangs together, the session
writes as ever.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Table,
    Update,
    bindparam,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty, Session
from sqlalchemy.orm.attributes import instance_dict, instance_state
from sqlalchemy.orm.base import NO_VALUE
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.interfaces import MANYTOMANY, MANYTOONE, ONETOMANY
from typing_extensions import override

from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.plain_rows import plain

T = TypeVar("T", bound=Base)
Values = Mapping[str, Any]
AnySelect = Select[*tuple[Any, ...]]


class Beside(Generic[T]):
    """The objects of ``model`` in rows that have all its columns side by side, from ``start`` on.

    ``instead``: columns that are read in another way, by their names. ``without``: those that are
    read when somebody looks at them.
    """

    def __init__(
        self,
        model: type[T],
        start: int = 0,
        instead: Mapping[str, ColumnElement[Any]] | None = None,
        without: Collection[str] = (),
    ) -> None:
        self._mapper = inspect(model)
        own = {n: c for n, c in _columns(self._mapper).items() if n not in without}
        self._left = [*without]
        self._names = [*own]
        self._slice = slice(start, start + len(own))
        self._key = [start + self._names.index(name) for name in _key_names(self._mapper)]
        self.end = self._slice.stop
        read = {**own, **(instead or {})}
        self.columns = [read[name].label(f"o{start + n}") for n, name in enumerate(own)]

    def of(self, session: Session, row: Sequence[Any], *, anew: bool = False) -> T | None:
        """The object of the session that ``row`` is; None where an outer join found none.

        One that the session has read since it last forgot (``row_locks``) stays as it is, unless it
        is read ``anew``.
        """
        key = tuple(row[at] for at in self._key)
        if key[0] is None:
            return None
        identity = self._mapper.identity_key_from_primary_key(key)
        known = cast("T | None", session.identity_map.get(identity))
        if known is None:
            return self._made(session, identity, row)
        state = instance_state(known)
        if state.expired or anew:
            state.dict.update(zip(self._names, row[self._slice], strict=True))
            _is_as_stored(session, state)
        return known

    def _made(self, session: Session, identity: Any, row: Sequence[Any]) -> T:
        made = cast("T", self._mapper.class_manager.new_instance())
        instance_dict(made).update(zip(self._names, row[self._slice], strict=True))
        _attach(session, instance_state(made), identity)
        if self._left:
            session.expire(made, self._left)
        return made


class Objects(Generic[T]):
    """The objects of ``model`` that a statement finds, which is made once, as they are now.

    ``narrowed`` gives it conditions, an order and a limit. ``instead``: as in ``Beside``.
    """

    def __init__(
        self,
        model: type[T],
        narrowed: Callable[[AnySelect], AnySelect],
        instead: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        self._beside = Beside(model, instead=instead)
        self._statement = narrowed(select(*self._beside.columns))

    def read(self, session: Session, values: Values) -> list[T]:
        rows = plain(session, self._statement, values)
        return [cast("T", self._beside.of(session, row, anew=True)) for row in rows]


def add_at_once(session: Session, rows: Sequence[Base]) -> None:
    """Insert new rows of one table, then those of their collections, each table by one statement.

    What they refer to is written already. They have their ids then, and the defaults of columns.
    """
    # what a savepoint takes back the session has to know; what tables share, it has to write
    if session.in_nested_transaction() or any(map(_shares, rows)):
        session.add_all(rows)
        session.flush()
        return
    _insert_with_own(session, rows)


def _insert_with_own(session: Session, rows: Sequence[Base]) -> None:
    _insert_rows(session, rows)
    for relation in _owning(inspect(type(rows[0]))):
        own = [one for row in rows for one in _children(row, relation)]
        if own:
            _insert_with_own(session, own)


def _insert_rows(session: Session, rows: Sequence[Base]) -> None:
    """Raises IntegrityError."""
    mapper = inspect(type(rows[0]))
    for row in rows:
        _refer(mapper, row)
    values = [_values(mapper, instance_dict(row)) for row in rows]
    made = [*_key_names(mapper)]
    asked = [name for name in made if instance_dict(rows[0]).get(name) is None]
    statement = _insert(mapper, several=len(rows) > 1, asked=tuple(asked))
    given = session.connection().execute(statement, values if len(rows) > 1 else values[0])
    for row, ids in zip(rows, given.all() if asked else [()] * len(rows), strict=True):
        own = instance_dict(row)
        own.update(zip(asked, ids, strict=True))
        state = instance_state(row)
        _attach(session, state, mapper.identity_key_from_primary_key(tuple(own[n] for n in made)))
        _is_as_stored(session, state)


def _refer(mapper: Mapper[Any], row: Base) -> None:
    """Its columns say what it refers to as an object."""
    own = instance_dict(row)
    for relation in mapper.relationships:
        if relation.direction is MANYTOONE and not relation.viewonly and relation.key in own:
            other = own[relation.key]
            for here, there in relation.local_remote_pairs or ():
                value = None if other is None else getattr(other, _name(relation.mapper, there))
                own[_name(mapper, here)] = value


def _values(mapper: Mapper[Any], own: dict[str, Any]) -> Values:
    """All its columns but an id that the database is to give; ``own`` has them then too."""
    values = {}
    for name, column in _columns(mapper).items():
        if name not in own:
            own[name] = _default(column)
        if not (column.primary_key and own[name] is None):
            values[column.key] = own[name]
    return values


def _default(column: Column[Any]) -> Any:
    default = column.default
    if default is None or default.is_sentinel:
        return None
    if default.is_callable:
        return cast("Any", default).arg(None)
    if default.is_scalar:
        return cast("Any", default).arg
    raise TypeError(f"the default of {column} is made by the database")


def _shares(row: Base) -> bool:
    """Whether something hangs on it by a table between the two."""
    own = instance_dict(row)
    return any(
        own.get(r.key) for r in inspect(type(row)).relationships if r.direction is MANYTOMANY
    )


@cache
def _owning(mapper: Mapper[Any]) -> Sequence[RelationshipProperty[Any]]:
    own = (r for r in mapper.relationships if r.direction is ONETOMANY)
    return [relation for relation in own if not relation.viewonly]


def _children(row: Base, relation: RelationshipProperty[Any]) -> Iterator[Base]:
    """The rows of the collection, which say now whose they are."""
    own = instance_dict(row)
    found = own.get(relation.key)
    if found is None:
        return
    for child in found if relation.uselist else [found]:
        for here, there in relation.local_remote_pairs or ():
            key = own[_name(relation.parent, here)]
            instance_dict(child)[_name(relation.mapper, there)] = key
        yield child


def _attach(session: Session, state: InstanceState[Any], identity: Any) -> None:
    """As a session attaches what it loads; ``add`` would ask what hangs on it."""
    state.key, state.session_id = identity, session.hash_key
    session.identity_map.add(state)


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
def _name(mapper: Mapper[Any], column: Column[Any]) -> str:
    return mapper.get_property_by_column(column).key


@cache
def _insert(mapper: Mapper[Any], *, several: bool, asked: tuple[str, ...]) -> Any:
    """``asked``: parts of the key that the database gives, in the order of the rows."""
    made = insert(cast("Table", mapper.local_table))
    given = [_columns(mapper)[name] for name in asked]
    if not given:
        return made
    return made.returning(*given, sort_by_parameter_order=several)


@cache
def _update(mapper: Mapper[Any]) -> Update:
    key = zip(mapper.primary_key, _key_binds(mapper), strict=True)
    found = (column == bindparam(bind, type_=column.type) for column, bind in key)
    return update(cast("Table", mapper.local_table)).where(*found)
