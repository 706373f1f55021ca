"""Deliveries of an endpoint in somebody's scope, and their tries."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from plugins.webhooks.store.find_endpoints import find_endpoint
from plugins.webhooks.store.models import Delivery, DeliveryAttempt, DeliveryState

MOST_COUNTED = 1000
# a delivery is given up after ten tries; more are of those that were begun anew by hand
MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class Wanted:
    """Which deliveries: of this state and kind, and about this; empty: of all.

    ``lane``: as ``order:17``.
    """

    state: DeliveryState | None = None
    kind: str = ""
    lane: str = ""


def deliveries(
    session: Session,
    actor: Actor,
    endpoint_id: int,
    wanted: Wanted = Wanted(),
    *,
    before: int = 0,
    limit: int,
) -> Sequence[Delivery]:
    """The newest first; ``before``: the id the page before ended with.

    Raises FunctionNotHeld, NotFound.
    """
    find_endpoint(session, actor, endpoint_id)
    page = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if wanted.state is not None:
        page = page.where(Delivery.state == wanted.state)
    if wanted.kind:
        page = page.where(Delivery.kind == wanted.kind)
    if wanted.lane:
        page = page.where(Delivery.lane == wanted.lane)
    if before:
        page = page.where(Delivery.id < before)
    return session.scalars(page.order_by(Delivery.id.desc()).limit(limit)).all()


def find_delivery(session: Session, actor: Actor, endpoint_id: int, delivery_id: int) -> Delivery:
    """Raises FunctionNotHeld, NotFound."""
    find_endpoint(session, actor, endpoint_id)
    own = select(Delivery).where(Delivery.endpoint_id == endpoint_id, Delivery.id == delivery_id)
    found = session.scalar(own)
    if found is None:
        raise NotFound(text("No such delivery; those that ended are kept for 30 days."))
    return found


def attempts_of(
    session: Session, delivery_ids: Sequence[int], *, most: int = MOST_ATTEMPTS
) -> Sequence[DeliveryAttempt]:
    """The last ``most`` tries of each of these, in their order."""
    from_the_end = func.row_number().over(
        partition_by=DeliveryAttempt.delivery_id, order_by=DeliveryAttempt.id.desc()
    )
    own = DeliveryAttempt.delivery_id.in_(delivery_ids)
    placed = select(DeliveryAttempt.id, from_the_end.label("place")).where(own).subquery()
    last = select(placed.c.id).where(placed.c.place <= most)
    rows = select(DeliveryAttempt).where(DeliveryAttempt.id.in_(last))
    return session.scalars(rows.order_by(DeliveryAttempt.id)).all()


def dead_number(session: Session, endpoint_id: int) -> int:
    """How many were given up, counted no further than ``MOST_COUNTED``."""
    dead = select(Delivery.id).where(
        Delivery.endpoint_id == endpoint_id,
        Delivery.state == DeliveryState.DEAD,
        Delivery.event_id.is_not(None),
    )
    counted = select(func.count()).select_from(dead.limit(MOST_COUNTED).subquery())
    return session.scalar(counted) or 0
