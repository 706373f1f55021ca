"""Append-only tables: the database itself refuses any other change.

A model says so by ``info=append_only()``. Its triggers are made of that whenever the schema is
brought up to date, and looked for by ``billing-panel check`` and ``audit verify``.

1. SQLite: ``INSERT OR REPLACE`` and ``UPDATE OR REPLACE`` delete the row in the way without asking
   the triggers for DELETE. So an insert is refused where a row with one of its keys is there.
2. SQLite: ``UPDATE … SET rowid`` changes a key and is no change of the column by that name. So all
   columns are compared, instead of naming those that may not be set.
3. PostgreSQL: ``session_replication_role = replica`` switches ordinary triggers off. These are
   ENABLE ALWAYS, and there is one for TRUNCATE.

Some rows are not even added: those of which a model says so (``Unwanted``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint
from sqlalchemy import text as sql

INFO, UNWANTED = "append_only", "unwanted"

REFUSE = """
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
"""
FUNCTION = (
    f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $${REFUSE}$$"
)
# pg_trigger.tgtype: its bits for each row, before, insert, delete, update, truncate
_INSERT, _UPDATE, _DELETE, _TRUNCATE = 1 + 2 + 4, 1 + 2 + 16, 1 + 2 + 8, 2 + 32

_ON_SQLITE = sql(
    "SELECT name, sql AS mark FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
)
_ON_POSTGRESQL = sql(
    "SELECT tgname AS name, concat_ws(' ', tgenabled, tgtype, tgattr, proname, prosrc,"
    " tgqual IS NOT NULL) AS mark FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
    " WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
)


@dataclass(frozen=True)
class Unwanted:
    """Rows that are refused: those of which ``condition`` is true, SQL that asks ``NEW``.

    ``name`` ends the trigger's; ``message`` is the database's.
    """

    name: str
    condition: str
    message: str


def append_only(
    *, erasable: str | None = None, unwanted: Sequence[Unwanted] = ()
) -> Mapping[str, Any]:
    """What a table of this kind has as ``info``; ``erasable``: a column that may become NULL."""
    return {INFO: erasable or "", UNWANTED: tuple(unwanted)}


@dataclass(frozen=True)
class Guard:
    """A trigger: how it is made, and what the database then says of it."""

    name: str
    statements: tuple[str, ...]
    mark: str


@dataclass(frozen=True)
class Fault:
    """A trigger of ``table`` that is not there as it should be, or should not be there at all."""

    table: str
    trigger: str
    foreign: bool


def faults(connection: Connection, metadata: MetaData) -> Iterator[Fault]:
    """What stands between the tables of ``metadata`` and being only added to."""
    for table in _tables(metadata):
        guards = {guard.name: guard.mark for guard in _guards(table, connection)}
        found = _found(connection, table)
        for name in sorted(guards.keys() | found.keys()):
            if guards.get(name) != found.get(name):
                yield Fault(table.name, name, name not in guards)


def put_guards(connection: Connection, metadata: MetaData) -> list[Fault]:
    """Make every guard that is not there as it should be; which these were."""
    wrong = list(faults(connection, metadata))
    if wrong and connection.dialect.name == "postgresql":
        connection.execute(sql(FUNCTION))
    for table in _tables(metadata):
        of_table = {fault.trigger for fault in wrong if fault.table == table.name}
        _drop(connection, table, of_table & _found(connection, table).keys())
        for guard in _guards(table, connection):
            if guard.name in of_table:
                for statement in guard.statements:
                    connection.exec_driver_sql(statement)
    return wrong


def _tables(metadata: MetaData) -> list[Table]:
    return [table for table in metadata.sorted_tables if INFO in table.info]


def _found(connection: Connection, table: Table) -> dict[str, str]:
    query = _ON_SQLITE if connection.dialect.name == "sqlite" else _ON_POSTGRESQL
    rows = connection.execute(query, {"table": table.name})
    return {row.name: row.mark for row in rows}


def _drop(connection: Connection, table: Table, names: Iterable[str]) -> None:
    """Ours alone: a trigger that somebody else has put there is told, and left to them."""
    of = "" if connection.dialect.name == "sqlite" else f" ON {table.name}"
    for name in sorted(names):
        if name.startswith(f"{table.name}_refuses_"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}{of}")


def _guards(table: Table, connection: Connection) -> Iterator[Guard]:
    made = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
    return made(table)


def _on_sqlite(table: Table) -> Iterator[Guard]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    for change, verb, condition in (
        ("update", "UPDATE", _changed(table, "IS NOT")),
        ("delete", "DELETE", ""),
        ("replace", "INSERT", " OR ".join(_there_already(table))),
    ):
        name = f"{table.name}_refuses_{change}"
        when = f" WHEN {condition}" if condition else ""
        made = f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name}{when} {refuse}"
        yield Guard(name, (made,), made)
    for one in _unwanted(table):
        name = f"{table.name}_refuses_{one.name}"
        refuse = f"BEGIN SELECT RAISE(ABORT, '{one.message}'); END"
        made = f"CREATE TRIGGER {name} BEFORE INSERT ON {table.name} WHEN {one.condition} {refuse}"
        yield Guard(name, (made,), made)


def _unwanted(table: Table) -> Sequence[Unwanted]:
    found: Sequence[Unwanted] = table.info.get(UNWANTED, ())
    return found


def _there_already(table: Table) -> Iterator[str]:
    """Conditions under which a row being inserted would take the place of another."""
    keys = [["rowid"], [column.name for column in table.primary_key]]
    keys += [
        [column.name for column in unique.columns]
        for unique in sorted(table.constraints, key=lambda one: str(one.name))
        if isinstance(unique, UniqueConstraint)
    ]
    keys += [
        [column.name for column in index.columns]
        for index in sorted(table.indexes, key=lambda one: str(one.name))
        if index.unique
    ]
    for key in keys:
        same = " AND ".join(f"{name} = NEW.{name}" for name in key)
        yield f"EXISTS (SELECT 1 FROM {table.name} WHERE {same})"  # noqa: S608 (ours)


def _on_postgresql(table: Table) -> Iterator[Guard]:
    changed = _changed(table, "IS DISTINCT FROM")
    for change, verb, each, kind, condition in (
        ("update", "UPDATE", "ROW", _UPDATE, changed),
        ("delete", "DELETE", "ROW", _DELETE, ""),
        ("truncate", "TRUNCATE", "STATEMENT", _TRUNCATE, ""),
    ):
        name = f"{table.name}_refuses_{change}"
        when = f" WHEN ({condition})" if condition else ""
        made = (
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table.name} FOR EACH {each}{when}"
            " EXECUTE FUNCTION refuse_change()"
        )
        always = f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {name}"
        has_condition = "t" if condition else "f"
        mark = f"A {kind}  refuse_change {REFUSE} {has_condition}"
        yield Guard(name, (made, always), mark)
    for one in _unwanted(table):
        yield _on_insert(table, one)


def _on_insert(table: Table, unwanted: Unwanted) -> Guard:
    """PostgreSQL allows no subquery in WHEN, so a function of its own asks."""
    name = f"{table.name}_refuses_{unwanted.name}"
    body = (
        f"BEGIN IF {unwanted.condition} THEN RAISE EXCEPTION '{unwanted.message}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END"
    )
    function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    made = (
        f"CREATE TRIGGER {name} BEFORE INSERT ON {table.name} FOR EACH ROW"
        f" EXECUTE FUNCTION {name}()"
    )
    always = f"ALTER TABLE {table.name} ENABLE ALWAYS TRIGGER {name}"
    return Guard(name, (function, made, always), f"A {_INSERT}  {name} {body} f")


def _changed(table: Table, differs: str) -> str:
    """Something else than forgetting what may be forgotten; empty: every update is."""
    erasable = table.info[INFO]
    if not erasable:
        return ""
    kept = (column.name for column in table.columns if column.name != erasable)
    changed = [f"OLD.{name} {differs} NEW.{name}" for name in kept]
    filled = f"OLD.{erasable} {differs} NEW.{erasable} AND NEW.{erasable} IS NOT NULL"
    return " OR ".join([*changed, filled])
