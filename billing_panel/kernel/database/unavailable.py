"""When the database doesn't answer, accepts no writes or is locked: nobody's request is at fault.

No refusal: nothing is wrong with what was asked, and the same may be asked again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from billing_panel.kernel.language.text import Text, text

# https://www.sqlite.org/rescode.html, https://www.postgresql.org/docs/current/errcodes-appendix.html
# SQLSTATE by its class of two characters, or whole
SQLITE_GONE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOTADB}
SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}
SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
POSTGRESQL_GONE = {"08", "3D", "57P01", "57P02", "57P03", "57P05", "58"}
POSTGRESQL_FULL = {"53100", "53200", "25006"}
# among them a deadlock, which PostgreSQL ends, and a statement or a lock waited for too long
POSTGRESQL_BUSY = {"40P01", "40001", "53300", "53400", "55P03", "57014", "25P03", "25P04"}


class Trouble(Enum):
    """Code, seconds until it is worth asking again, and the sentence for people."""

    GONE = (
        "database_gone",
        10,
        text("The panel can’t reach its database at the moment. Try again shortly."),
    )
    FULL = (
        "database_full",
        60,
        text(
            "Nothing can be saved at the moment: the database accepts nothing"
            " new. Reading still works. Whoever runs the panel must free up"
            " space; then send it again."
        ),
    )
    BUSY = (
        "database_busy",
        5,
        text("Others are changing the data, and it is taking unusually long. Try again shortly."),
    )

    def __init__(self, code: str, seconds: int, message: Text) -> None:
        self.code = code
        self.seconds = seconds
        self.message = message


class Unavailable(Exception):
    """The transaction was not carried out; whoever asked may ask again (503)."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble.message))
        self.trouble = trouble


@contextmanager
def told_apart(*, writes: bool) -> Iterator[None]:
    """Raises Unavailable for what the database cannot help; mistakes of ours pass as they are.

    Who only reads and is told that nothing can be written has made one.
    """
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        trouble = trouble_of(error)
        if trouble is None or (trouble is Trouble.FULL and not writes):
            raise
        raise Unavailable(trouble) from error


def trouble_of(error: Exception) -> Trouble | None:
    """None: it is none of these."""
    if isinstance(error, PoolTimeout):
        return Trouble.BUSY
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        # the lower byte is the code, what stands above tells more of the same
        return _among_sqlite(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return _among_postgresql(state)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return Trouble.GONE if lost or _is_no_connection(error) else None


def _among_sqlite(code: int) -> Trouble | None:
    for trouble, codes in (
        (Trouble.GONE, SQLITE_GONE),
        (Trouble.FULL, SQLITE_FULL),
        (Trouble.BUSY, SQLITE_BUSY),
    ):
        if code in codes:
            return trouble
    return None


def _among_postgresql(state: str) -> Trouble | None:
    for trouble, states in (
        (Trouble.FULL, POSTGRESQL_FULL),
        (Trouble.BUSY, POSTGRESQL_BUSY),
        (Trouble.GONE, POSTGRESQL_GONE),
    ):
        if state in states or state[:2] in states:
            return trouble
    return None


def _is_no_connection(error: Exception) -> bool:
    """Psycopg gives no SQLSTATE where no server answered."""
    return isinstance(error, DBAPIError) and type(error.orig).__name__ == "OperationalError"
