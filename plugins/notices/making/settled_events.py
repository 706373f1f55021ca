"""How far the log can be read without leaving out an event whose transaction commits late.

On PostgreSQL an event with a lower id may become visible after one with a higher id. Whoever
inserts one holds the table lock of an insert from before its id is drawn until its transaction has
ended. So: look which id was drawn last, then who holds that lock; once all of these have ended, no
event up to that id comes any more. On SQLite there is one writer at a time.
"""

import time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.audit.seal_events import LAST_DRAWN, WRITERS, head_of
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.tables.event_log import Event

LOOK_SECONDS = 0.02
# whoever writes for longer is not waited for; what is sealed was settled long ago
MOST_SECONDS = 2.0


def settled_up_to(database: Database) -> int:
    """The highest id up to which no event can still become visible. Called in no transaction."""
    if database.is_sqlite:
        with database.reading() as session:
            return session.scalar(select(func.max(Event.id))) or 0
    with database.reading() as session:
        last = session.scalar(LAST_DRAWN) or 0
        sealed, writing = head_of(session).event_id, _writers(session)
    if last <= sealed:
        return last
    until = time.monotonic() + MOST_SECONDS
    while writing and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        with database.reading() as session:
            writing &= _writers(session)
    return sealed if writing else last


def _writers(session: Session) -> set[str]:
    return set(session.scalars(WRITERS))
