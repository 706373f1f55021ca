"""How far followers of the log can read without leaving out an event that is committed late."""

import time

from billing_panel.audit.extend_hash_chain import head_of
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.tables.late_commit_marks import log_writers, mark_log

LOOK_SECONDS = 0.02
# whoever writes for longer is not waited for; what is sealed was settled long ago
MOST_SECONDS = 2.0


def settled_up_to(database: Database) -> int:
    """The highest id up to which no event can still become visible. Called in no transaction.

    Waits for whoever writes just now, for two seconds at most; their commit wakes the followers.
    """
    with database.reading() as session:
        mark, sealed = mark_log(session), head_of(session).event_id
    waited_for, until = mark.writers, time.monotonic() + MOST_SECONDS
    while waited_for and mark.seen > sealed and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        with database.reading() as session:
            waited_for &= log_writers(session)
    return min(mark.seen, sealed) if waited_for else mark.seen
