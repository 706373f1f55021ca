"""Inserting what may be there already, in one statement, in the words of either database."""

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Base


def upsert(bind: Session | Connection, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT into the table of ``model`` that knows ``on_conflict_do_nothing`` and ``…_update``.

    Of two who insert the same at once the second waits, and finds what the first has made.
    """
    connected = bind.get_bind() if isinstance(bind, Session) else bind
    insert = postgresql.insert if connected.dialect.name == "postgresql" else sqlite.insert
    return insert(model)
