"""Many orders made of one that the peer itself has placed, inside the database.

So they are as the peer writes them. Each copied row has the id of its model plus a multiple, by
which what belongs together finds each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

Connection = psycopg.Connection[tuple[object, ...]]

# as in benchmarks/populated: a twentieth is one client's, the newest fiftieth is not done
GIANTS_SHARE, LIVE_SHARE, DOCUMENTS_SHARE = 20, 50, 3


@dataclass(frozen=True)
class Copied:
    """Rows ``o`` of ``table`` found by ``where``, once for each ``share``-th number ``n``.

    ``instead`` has columns that differ, as SQL made of ``o`` and ``n``.
    """

    table: str
    where: str
    instead: Mapping[str, str] = field(default_factory=dict)
    share: int = 1


def copy_rows(connection: Connection, copies: Sequence[Copied], count: int) -> None:
    """``count`` of each, parents first."""
    for one in copies:
        _copy(connection, one, count)
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{one.table}', 'id'), max(id)) FROM {one.table}"
        )


def _copy(connection: Connection, copied: Copied, count: int) -> None:
    ids = connection.execute(f"SELECT id FROM {copied.table} o WHERE {copied.where}").fetchall()
    assert ids, f"{copied.table} has no model"
    instead = {"id": f"o.id + n / {copied.share} * {len(ids)}", **copied.instead}
    columns = _columns(connection, copied.table)
    values = [instead.get(name, f'o."{name}"') for name in columns]
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(
        f"INSERT INTO {copied.table} ({names}) SELECT {', '.join(values)} FROM {copied.table} o"
        f" CROSS JOIN generate_series({copied.share}, {count}, {copied.share}) n"
        f" WHERE {copied.where} ORDER BY n, o.id"
    )


def _columns(connection: Connection, table: str) -> list[str]:
    """Those that are written: what the database makes of others is left to it."""
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        (table,),
    )
    return [str(name) for (name,) in found.fetchall()]


def owner(giant: int, others: int) -> str:
    """SQL for whose order ``n`` is: the clients after ``giant`` are the others."""
    other = f"{giant + 1} + n % {others}"
    return f"CASE WHEN n % {GIANTS_SHARE} = 0 THEN {giant} ELSE {other} END"


def status(count: int, done: str, live: str) -> str:
    """SQL for what state order ``n`` of ``count`` is in; both are values of the peer's own."""
    return f"CASE WHEN n <= {count - count // LIVE_SHARE} THEN '{done}' ELSE '{live}' END"
