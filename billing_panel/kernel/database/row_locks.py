"""Row locks. Taking one discards what was read before.

Whoever held the lock until now may have changed what the session has read already, and a session
gives a row that it knows as it was. So what is decided on is read after the lock: each lock here
lets the session forget, and no other module locks by itself (``tests/architecture/test_locks.py``).

On SQLite the lock clause falls away: a write transaction holds the whole database from its
beginning on (``kernel.database.db``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select, inspect, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.column_types import Base
from billing_panel.kernel.database.plain_rows import plain

T = TypeVar("T")
R = TypeVar("R", bound=Base)
Many = tuple[Any, ...]
AnySelect = Select[*Many]


def lock(session: Session, rows: Select[T], values: Mapping[str, Any] | None = None) -> Sequence[T]:
    """Lock ``rows``, which end with ``with_for_update``; the column they name, as it is now.

    Only columns of the rows locked are as they are now: what they are joined with is not.
    """
    return [row[0] for row in lock_rows(session, rows, values or {})]


def lock_rows(session: Session, rows: AnySelect, values: Mapping[str, Any]) -> Sequence[Row[*Many]]:
    """The same, with all the columns they name."""
    found = plain(session, rows, values).all()
    session.expire_all()
    return found


def lock_row(session: Session, row: Base, *, read: bool = False, key_share: bool = False) -> None:
    """Lock a row that was found; all of it is read again when it is looked at.

    ``read``: against those who change it, not against others who read it. ``key_share``: rows that
    refer to it are not kept waiting.
    """
    mapper = inspect(type(row))
    own = zip(mapper.primary_key, mapper.primary_key_from_instance(row), strict=True)
    rows = select(mapper.primary_key[0]).where(*(column == value for column, value in own))
    lock(session, rows.with_for_update(read=read, key_share=key_share))


def locked(session: Session, model: type[R], row_id: int) -> R | None:
    """The row of that id, read after it was locked; None when there is none."""
    (column,) = inspect(model).primary_key
    lock(session, select(column).where(column == row_id).with_for_update())
    return session.get(model, row_id)
