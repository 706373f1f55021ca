"""The follower that makes deliveries of the log: for each endpoint in order, none left out.

An endpoint's place in the log moves in the transaction that writes its deliveries, under its row's
lock: two workers, or one that was killed in the middle, make each delivery once.
"""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from billing_panel.audit.settled_log_position import settled_up_to
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import new_secret
from plugins.webhooks.delivering.event_payload import Happened, is_told, read_happened
from plugins.webhooks.endpoints.switch_off_failing import switch_off
from plugins.webhooks.store.find_endpoints import whose
from plugins.webhooks.store.models import Delivery, Endpoint, OffReason

BATCH = 500


def queue_events(database: Database, *, actor: Actor, clock: Clock) -> int:
    """Write the deliveries of all that has happened since. How many. ``actor``: the system.

    What an endpoint is not told moves its place too: it is judged once, when it has just happened.
    """
    if not _behind(database, None):
        return 0
    last, number = settled_up_to(database), 0
    while behind := _behind(database, last):
        with database.writing() as session:
            number += sum(_queue(session, one, last, actor, clock) for one in behind)
    return number


def _behind(database: Database, last: int | None) -> Sequence[int]:
    """Ids of endpoints that are on, and have not come as far as ``last``; None: of all."""
    on = select(Endpoint.id).where(Endpoint.off_at.is_(None)).order_by(Endpoint.id)
    if last is not None:
        on = on.where(exists().where(Event.id > Endpoint.event_id, Event.id <= last))
    with database.reading() as session:
        return session.scalars(on).all()


def _queue(session: Session, endpoint_id: int, last: int, actor: Actor, clock: Clock) -> int:
    endpoint = locked(session, Endpoint, endpoint_id)
    if endpoint is None or endpoint.off_at is not None:
        return 0
    saver = whose(session, endpoint)
    if saver is None:
        switch_off(session, endpoint, OffReason.PERSON, actor=actor, clock=clock)
        return 0
    ids = _next_ids(session, endpoint, last)
    told = is_told(session, endpoint, saver, read_happened(session, ids))
    session.add_all(_delivery(endpoint, one, clock) for one in told)
    endpoint.event_id = ids[-1] if ids else endpoint.event_id
    return len(told)


def _next_ids(session: Session, endpoint: Endpoint, last: int) -> Sequence[int]:
    ahead = select(Event.id).where(Event.id > endpoint.event_id, Event.id <= last)
    return session.scalars(ahead.order_by(Event.id).limit(BATCH)).all()


def _delivery(endpoint: Endpoint, happened: Happened, clock: Clock) -> Delivery:
    now = clock.now()
    return Delivery(
        endpoint_id=endpoint.id,
        event_id=happened.event.id,
        message_id=f"msg_{new_secret()}",
        kind=happened.event.kind,
        lane=happened.lane,
        at=now,
        due_at=now,
    )
