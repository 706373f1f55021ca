"""What is always true of deliveries, for ``billing-panel check``."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from plugins.webhooks.delivering.event_payload import is_told, read_happened
from plugins.webhooks.delivering.retry_schedule import LONGEST
from plugins.webhooks.endpoints.endpoint_log import SUBJECT
from plugins.webhooks.store.find_endpoints import whose
from plugins.webhooks.store.models import Delivery, DeliveryAttempt, DeliveryState, Endpoint

WAITS = Delivery.state == DeliveryState.WAITING
# by which it may have changed what somebody is told
OF_RIGHTS = ("staff", "department")
AT_ONCE = 500


def queued(session: Session) -> Iterator[Text]:
    """Each event that an endpoint is told, up to where it has read, has its delivery.

    Looked at are events since anything changed of which the endpoint is told, and since the oldest
    delivery that is still kept: of what happened before, deliveries may have been deleted.
    """
    kept_since = session.scalar(select(func.min(Delivery.ended_at)))
    if kept_since is None:
        return
    on = select(Endpoint).where(Endpoint.off_at.is_(None)).order_by(Endpoint.id)
    for endpoint in session.scalars(on):
        lacking = select(Event.id).where(
            Event.id > _settled_since(session, endpoint),
            Event.id <= endpoint.event_id,
            Event.at >= kept_since,
            Event.provider_id == endpoint.provider_id,
            ~exists().where(Delivery.endpoint_id == endpoint.id, Delivery.event_id == Event.id),
        )
        yield from _untold(session, endpoint, session.scalars(lacking.order_by(Event.id)).all())


def _settled_since(session: Session, endpoint: Endpoint) -> int:
    """Id of the last event by which it may have changed what the endpoint is told."""
    own = (Event.subject_kind == SUBJECT) & (Event.subject_id == endpoint.id)
    changed = select(func.max(Event.id)).where(or_(own, Event.subject_kind.in_(OF_RIGHTS)))
    return session.scalar(changed) or 0


def _untold(session: Session, endpoint: Endpoint, event_ids: Sequence[int]) -> Iterator[Text]:
    saver = whose(session, endpoint)
    if saver is None:
        return
    for place in range(0, len(event_ids), AT_ONCE):
        happened = read_happened(session, event_ids[place : place + AT_ONCE])
        for one in is_told(session, endpoint, saver, happened):
            yield text(
                "Webhook %(endpoint)s has no delivery of event %(event)s.",
                endpoint=endpoint.id,
                event=one.event.id,
            )


def due(session: Session) -> Iterator[Text]:
    """What waits is due one day, at an endpoint that is on; what is over does not wait."""
    off = select(Endpoint.id).where(Endpoint.off_at.is_not(None))
    stuck = WAITS & (Delivery.endpoint_id.in_(off) | Delivery.ended_at.is_not(None))
    vanished = ~WAITS & Delivery.ended_at.is_(None)
    held = WAITS & Delivery.claim.is_not(None) & Delivery.claimed_until.is_(None)
    wrong = select(Delivery.id).where(or_(stuck, vanished, held))
    for delivery_id in session.scalars(wrong.order_by(Delivery.id)):
        yield text(
            "Webhook delivery %(delivery)s waits without being due, or is over without an end.",
            delivery=delivery_id,
        )
    yield from _put_off(session)


def _put_off(session: Session) -> Iterator[Text]:
    """What was tried is tried again within the schedule."""
    last = select(func.max(DeliveryAttempt.at)).where(DeliveryAttempt.delivery_id == Delivery.id)
    tried = select(
        Delivery.id, Delivery.due_at, func.coalesce(last.scalar_subquery(), Delivery.at).label("at")
    ).where(WAITS, Delivery.tries > 0, Delivery.claim.is_(None))
    for delivery_id, due_at, at in session.execute(tried.order_by(Delivery.id)):
        if due_at - at > LONGEST + timedelta(minutes=1):
            yield text(
                "Webhook delivery %(delivery)s waits longer than the schedule says.",
                delivery=delivery_id,
            )


WEBHOOK_CHECKS = (Check("webhooks.queued", queued), Check("webhooks.due", due))
