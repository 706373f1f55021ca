"""Rows of columns, read past what a session does for objects.

A statement of nothing but columns gives the same rows either way; by the connection it takes a
third of the time. What reads objects, or decides something that the session still has to write,
stays with ``session.execute``.
"""

from collections.abc import Mapping
from typing import Any, TypeVarTuple

from sqlalchemy import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import TypedReturnsRows

Ts = TypeVarTuple("Ts")


def plain(
    session: Session,
    statement: TypedReturnsRows[*Ts],
    values: Mapping[str, Any] | None = None,
) -> CursorResult[*Ts]:
    """The rows of ``statement`` with ``values``, after what the session has left to write."""
    # costs nothing where nothing is left
    session.flush()
    return session.connection().execute(statement, values)
