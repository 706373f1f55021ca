"""The follower that makes notices from the log: in order, none left out, each once.

The cursor moves in the transaction that writes the notices, and whoever moves it holds its row: a
second worker, or one that was killed in the middle, tells nothing twice and leaves nothing out.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.audit.settled_log_position import settled_up_to
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.notices.making.load_notice_events import happenings
from plugins.notices.making.write_notices import tell
from plugins.notices.store.models import NoticeCursor

BATCH = 200
CURSOR = 1
# what one transaction wrote is read whole: it is of one moment, and never of more events than these
MOST_OF_A_MOMENT = 1_000


def tell_events(database: Database, *, actor: Actor, clock: Clock) -> int:
    """Write the notices of all that has happened since. How many. ``actor``: the system."""
    number = 0
    while True:
        last = settled_up_to(database)
        with database.reading() as session:
            if not _next_ids(session, _place(session), last):
                return number
        with database.writing() as session:
            cursor = locked(session, NoticeCursor, CURSOR)
            if cursor is None:
                raise LookupError("the row of notice_cursor is gone")
            ids = _next_ids(session, cursor.event_id, last)
            if ids:
                found = happenings(session, ids)
                number += tell(session, found, known=actor.functions, at=clock.now())
                cursor.event_id = ids[-1]


def _place(session: Session) -> int:
    place = select(NoticeCursor.event_id).where(NoticeCursor.id == CURSOR)
    return session.scalars(place).one()


def _next_ids(session: Session, after: int, last: int) -> Sequence[int]:
    """The next BATCH of events up to ``last``, and what happened in the moment of the last one."""
    ahead = select(Event.id, Event.at).where(Event.id > after, Event.id <= last).order_by(Event.id)
    rows = session.execute(ahead.limit(BATCH)).all()
    if len(rows) < BATCH:
        return [row.id for row in rows]
    more = session.execute(ahead.where(Event.id > rows[-1].id).limit(MOST_OF_A_MOMENT)).all()
    ids = [row.id for row in rows]
    for row in more:
        if row.at != rows[-1].at:
            break
        ids.append(row.id)
    return ids
