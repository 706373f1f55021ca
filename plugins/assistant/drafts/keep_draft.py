"""Drafts kept, found by whoever they are for, and forgotten."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import Conflict, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.assistant.drafts.models import Draft, DraftKind
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import find_order

GOOD_FOR = timedelta(hours=24)
KEPT = timedelta(days=7)
# of one person, open at once: whoever drafts more has nobody who looks
MOST_OPEN = 50


def draft_order(
    session: Session, client_id: int, body: dict[str, Any], *, actor: Actor, clock: Clock
) -> Draft:
    """Keep what would be placed; nothing is placed. ``body``: as ``POST …/orders`` takes it.

    Raises FunctionNotHeld, NotFound, Refused ``too_many_drafts``.
    """
    require(actor, OrdersFunction.ORDER_CREATE)
    client = find_client(session, actor, client_id=client_id)
    return _keep(session, DraftKind.ORDER, client.id, None, body, actor, clock)


def draft_transition(
    session: Session, order_id: int, body: dict[str, Any], *, actor: Actor, clock: Clock
) -> Draft:
    """Keep a step that would be taken. ``body``: as ``POST …/transitions`` takes it.

    It is for the order as it is now: which functions a step needs goes by that, and whoever drafts
    it is asked for them now (``preview_drafted``). Once the order has changed, it is refused.

    Raises FunctionNotHeld, NotFound, Refused ``too_many_drafts``.
    """
    require(actor, OrdersFunction.ORDER_READ)
    order = find_order(session, actor, order_id)
    seen = order.version if body.get("version") is None else body["version"]
    asked = {**body, "version": seen}
    return _keep(session, DraftKind.TRANSITION, order.client_id, order.id, asked, actor, clock)


def _keep(
    session: Session,
    kind: DraftKind,
    client_id: int,
    order_id: int | None,
    body: dict[str, Any],
    actor: Actor,
    clock: Clock,
) -> Draft:
    now = clock.now()
    open_ones = (
        select(func.count())
        .select_from(Draft)
        .where(Draft.user_id == actor.user_id, Draft.confirmed_at.is_(None), Draft.expires_at > now)
    )
    if (session.scalar(open_ones) or 0) >= MOST_OPEN:
        raise Refused(
            text("At most %(most)s drafts can be open; confirm some first.", most=MOST_OPEN),
            code="too_many_drafts",
        )
    draft = Draft(
        user_id=actor.user_id,
        kind=kind,
        client_id=client_id,
        order_id=order_id,
        body=body,
        made_at=now,
        expires_at=now + GOOD_FOR,
    )
    session.add(draft)
    session.flush()
    return draft


def find_draft(session: Session, actor: Actor, draft_id: int) -> Draft:
    """One of the actor's own, whatever became of it. Raises NotFound."""
    own = select(Draft).where(Draft.id == draft_id, Draft.user_id == actor.user_id)
    draft = session.scalar(own) if actor.user_id is not None else None
    if draft is None:
        raise NotFound(text("No such draft, or it is somebody else’s."))
    return draft


def refuse_over(draft: Draft, clock: Clock) -> None:
    """Raise Conflict ``draft_over`` where the draft was confirmed, or is too old."""
    if draft.confirmed_at is not None or draft.expires_at <= clock.now():
        raise Conflict(
            text("This draft was confirmed already, or has expired; ask for a new one."),
            code="draft_over",
        )


def forget_old_drafts(database: Database, _actor: Actor, clock: Clock) -> None:
    """Delete drafts that expired a week ago."""
    with database.writing() as session:
        session.execute(delete(Draft).where(Draft.expires_at < clock.now() - KEPT))
