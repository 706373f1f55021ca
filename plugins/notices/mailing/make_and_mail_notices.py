"""The follower that makes notices, and posts the letters of those that are due."""

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.notices.mailing.mail_due_notices import are_waiting, post_waiting
from plugins.notices.making.follow_events import CURSOR, tell_events
from plugins.notices.store.models import NoticeCursor


def follow_notices(database: Database, *, actor: Actor, clock: Clock) -> int:
    """Do all that waits at ``clock.now()``; how many notices were made. ``actor``: the system."""
    made = tell_events(database, actor=actor, clock=clock)
    while True:
        with database.reading() as session:
            if not are_waiting(session, clock.now()):
                return made
        with database.writing() as session:
            locked(session, NoticeCursor, CURSOR)
            post_waiting(session, known=actor.functions, at=clock.now())
