"""How listeners learn of a commit: NOTIFY on PostgreSQL, the file's change on SQLite.

It is told after the commit and outside of it: a NOTIFY inside would let PostgreSQL carry out one
commit at a time. Who dies in between tells nobody, so whoever listens looks by themselves, too.
"""

from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection

if TYPE_CHECKING:
    # an installation on SQLite does without
    import psycopg

CHANNEL = "panel_written"


def tell_written(connection: Connection) -> None:
    """``connection`` has just committed. A failure here does not undo what was written."""
    if connection.dialect.driver == "psycopg":
        driver = cast("psycopg.Connection", connection.connection.driver_connection)
        try:
            driver.autocommit = True
            driver.execute(f"NOTIFY {CHANNEL}")
            driver.autocommit = False
        except connection.dialect.loaded_dbapi.Error:
            # nobody goes on with it: each statement would be committed by itself
            connection.invalidate()
