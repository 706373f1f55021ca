"""Settings of a database that keep what was acknowledged."""

import sqlite3

from sqlalchemy.engine.interfaces import DBAPICursor

from billing_panel.kernel.language.errors import InstallationError


class UnsafeSettings(InstallationError):
    """The database is set in a way that loses acknowledged commits; the message names the cure."""


def only_value(cursor: DBAPICursor | sqlite3.Cursor) -> object:
    """The value of a result that has one; None: it has none."""
    row = cursor.fetchone()
    return row[0] if row else None
