"""Rows that nobody reads before the transaction ends: the log, words to search, automatic messages,
stock that comes back.

They are kept until then and written together, so that of one sort there is one statement, however
many rows an action leaves. Whoever reads such rows in the transaction that may have left some
writes them first (``write_late``). What was left inside a savepoint goes with it: every savepoint
is one of these two (``tests/architecture/test_late_rows.py``).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Insert, Update
from sqlalchemy.orm import Session

# where a session has what was left; one without it writes at once
LATE = "late_rows"
Row = Mapping[str, Any]
Statement = Insert | Update
Left = list[tuple[Statement, Row]]


def leave(session: Session, statement: Statement, rows: Iterable[Row]) -> None:
    """Let ``statement``, which is made once, write ``rows`` before the transaction ends."""
    left = _left(session)
    left.extend((statement, row) for row in rows)
    if LATE not in session.info:
        _write(session, left)


def write_late(session: Session) -> None:
    """Write what was left until now; statements in the order in which they were first named."""
    left = _left(session)
    if left:
        rows, left[:] = [*left], []
        _write(session, rows)


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """What is written and left inside stays whole, or is undone with what raises.

    What was left before it stays left, even where it was written inside and undone with it.
    """
    left = _left(session)
    before = [*left]
    try:
        with session.begin_nested():
            yield
    except BaseException:
        left[:] = before
        raise


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Whatever is written and left meanwhile never was."""
    write_late(session)
    nested = session.begin_nested()
    try:
        yield
    finally:
        _left(session).clear()
        nested.rollback()
        session.expire_all()


def _left(session: Session) -> Left:
    left: Left = session.info.get(LATE, [])
    return left


def _write(session: Session, left: Left) -> None:
    # what they refer to comes first
    session.flush()
    sorts: dict[int, tuple[Statement, list[Row]]] = {}
    for statement, row in left:
        sorts.setdefault(id(statement), (statement, []))[1].append(row)
    connection = session.connection()
    for statement, rows in sorts.values():
        # the driver makes a round of its own of a list
        connection.execute(statement, rows if len(rows) > 1 else rows[0])
