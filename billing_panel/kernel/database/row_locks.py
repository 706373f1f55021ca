"""Row locks. Whoever takes one forgets what was read before it.

Whoever held the lock until now may have changed what the session has read already, and a session
gives a row that it knows as it was. So what is decided on is read after the lock: each lock here
lets the session forget, and no other module locks by itself (``tests/architecture/test_locks.py``).

On SQLite the lock clause falls away: a write transaction holds the whole database from its
beginning on (``kernel.database.db``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Base

T = TypeVar("T")
R = TypeVar("R", bound=Base)


def lock(session: Session, rows: Select[T], values: Mapping[str, Any] | None = None) -> Sequence[T]:
    """Lock ``rows``, which end with ``with_for_update``; the column they name, as it is now.

    Only columns of the rows locked are as they are now: what they are joined with is not.
    """
    found = session.scalars(rows, values or {}).all()
    session.flush()
    session.expire_all()
    return found


def lock_row(session: Session, row: Base, *, read: bool = False, key_share: bool = False) -> None:
    """Lock a row that was found; all of it is read anew when it is looked at.

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
