"""PostgreSQL tells whoever listens that something was written; on SQLite the file says so itself.

It is told after the commit and outside of it: a NOTIFY inside would let PostgreSQL carry out one
commit at a time. Who dies in between tells nobody, so whoever listens looks by themselves, too.
"""

import psycopg
from sqlalchemy import Connection

CHANNEL = "panel_written"


def tell_written(connection: Connection) -> None:
    """``connection`` has just committed. What is wrong here is no failure of what was written."""
    driver = connection.connection.driver_connection
    if isinstance(driver, psycopg.Connection):
        try:
            driver.autocommit = True
            driver.execute(f"NOTIFY {CHANNEL}")
            driver.autocommit = False
        except psycopg.Error:
            # nobody goes on with it: each statement would be committed by itself
            connection.invalidate()
