"""Who tries which delivery, and what becomes of it. Each function is one short transaction's work.

A delivery is claimed before it is tried: two workers never try one at once, and one that a killed
worker held is free again when its claim ends. It may have arrived by then: it comes again under the
same id, by which a receiver knows it. What is about one order waits for what came before it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.webhooks.delivering.retry_schedule import is_hopeless, next_try
from plugins.webhooks.endpoints.switch_off_failing import switch_off
from plugins.webhooks.store.models import (
    MAX_ANSWER,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    Endpoint,
    OffReason,
)

# longer than a try takes
CLAIMED_FOR = timedelta(minutes=2)
# of one endpoint at once; deliveries that are looked at to find some for free connections
OF_ONE_ENDPOINT = 4
LOOKED_AT = 200
GONE = 410
NOT_TOLD = "not_told"


@dataclass(frozen=True)
class Claimed:
    """A delivery that is tried now, as plain values."""

    id: int
    endpoint_id: int
    event_id: int | None
    message_id: str
    at: datetime
    tries: int
    claim: str


@dataclass(frozen=True)
class Outcome:
    """How a try ended. ``problem`` None: it arrived; else a word of ``delivery_problem_sentences``.

    ``status`` None: there was no answer. ``wait``: so long at least, as the receiver asks.
    """

    problem: str | None
    milliseconds: int = 0
    status: int | None = None
    answer: str = ""
    wait: timedelta = timedelta(0)


def is_anything_due(session: Session, *, at: datetime) -> bool:
    """Whether a delivery can be tried now."""
    return session.scalars(_due(at).limit(1)).first() is not None


def claim(
    session: Session, token: str, *, at: datetime, most: int, busy: Mapping[int, int]
) -> list[Claimed]:
    """Deliveries that are due, the longest due first.

    ``busy``: how many to each endpoint are under way; a slow one leaves places for the others.
    """
    full = [endpoint for endpoint, number in busy.items() if number >= OF_ONE_ENDPOINT]
    due = _due(at).where(Delivery.endpoint_id.not_in(full)).add_columns(Delivery.endpoint_id)
    waiting = session.execute(due.order_by(Delivery.due_at, Delivery.id).limit(LOOKED_AT)).all()
    ids = [*_fair([(row[0], row[1]) for row in waiting], most, busy)]
    if not ids:
        return []
    # asked again of each row: another worker may have claimed it meanwhile
    rows = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(ids), *_free(at))
        .values(claim=token, claimed_until=at + CLAIMED_FOR, tries=Delivery.tries + 1)
        .returning(Delivery)
        .execution_options(synchronize_session=False)
    )
    return [
        Claimed(row.id, row.endpoint_id, row.event_id, row.message_id, row.at, row.tries, token)
        for row in rows
    ]


def conclude(
    session: Session,
    tried: Claimed,
    outcome: Outcome,
    *,
    actor: Actor,
    clock: Clock,
    spread: float,
) -> DeliveryState | None:
    """Write down how the try ended; None: the delivery was given up or deleted meanwhile.

    ``spread``: as ``next_try`` has it.
    """
    at = clock.now()
    endpoint = locked(session, Endpoint, tried.endpoint_id)
    if endpoint is None:
        return None
    _note(session, tried, outcome, at)
    values = _ending(tried, outcome, at, spread)
    held = (Delivery.id == tried.id) & (Delivery.claim == tried.claim)
    ended = session.scalars(
        update(Delivery)
        .where(held)
        .values(values)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).first()
    _judge_endpoint(session, endpoint, tried, outcome, actor, clock)
    return values["state"] if ended is not None else None


def _note(session: Session, tried: Claimed, outcome: Outcome, at: datetime) -> None:
    """What was not sent is no try."""
    if outcome.problem != NOT_TOLD:
        row = DeliveryAttempt(
            delivery_id=tried.id,
            at=at,
            milliseconds=outcome.milliseconds,
            status=outcome.status,
            problem=outcome.problem,
            answer=outcome.answer[:MAX_ANSWER],
        )
        session.add(row)
        session.flush()


def _ending(tried: Claimed, outcome: Outcome, at: datetime, spread: float) -> dict[str, Any]:
    values: dict[str, Any] = {
        "problem": outcome.problem,
        "status": outcome.status,
        "claim": None,
        "claimed_until": None,
    }
    again = None if outcome.status == GONE else next_try(tried.tries, at, spread)
    if outcome.problem is None:
        return {**values, "state": DeliveryState.DELIVERED, "ended_at": at}
    if outcome.problem == NOT_TOLD:
        return {**values, "state": DeliveryState.WITHHELD, "ended_at": at}
    if again is None or tried.event_id is None:
        # a test is tried once: whoever sent it is looking
        return {**values, "state": DeliveryState.DEAD, "ended_at": at}
    due_at = max(again, at + outcome.wait)
    return {**values, "state": DeliveryState.WAITING, "due_at": due_at}


def _judge_endpoint(
    session: Session,
    endpoint: Endpoint,
    tried: Claimed,
    outcome: Outcome,
    actor: Actor,
    clock: Clock,
) -> None:
    """What arrives ends its failing; after days without it, or a *Gone*, it is switched off."""
    if outcome.problem == NOT_TOLD:
        return
    if outcome.problem is None:
        endpoint.failing_since = None
        return
    endpoint.failing_since = endpoint.failing_since or clock.now()
    if outcome.status == GONE:
        switch_off(session, endpoint, OffReason.GONE, actor=actor, clock=clock)
    elif is_hopeless(endpoint.failing_since, tried.tries, clock.now()):
        switch_off(session, endpoint, OffReason.FAILING, actor=actor, clock=clock)


def _due(at: datetime) -> Select[int]:
    """Ids of what is due at endpoints that are on, of each lane the first that waits."""
    before = aliased(Delivery)
    earlier = exists().where(
        before.endpoint_id == Delivery.endpoint_id,
        before.lane == Delivery.lane,
        before.state == DeliveryState.WAITING,
        before.id < Delivery.id,
    )
    on = select(Endpoint.id).where(Endpoint.off_at.is_(None))
    return select(Delivery.id).where(*_free(at), ~earlier, Delivery.endpoint_id.in_(on))


def _free(at: datetime) -> Sequence[ColumnElement[bool]]:
    free = or_(Delivery.claimed_until.is_(None), Delivery.claimed_until < at)
    return Delivery.state == DeliveryState.WAITING, Delivery.due_at <= at, free


def _fair(waiting: Sequence[tuple[int, int]], most: int, busy: Mapping[int, int]) -> Iterator[int]:
    """Ids of at most ``most`` of them, none of an endpoint that has its share."""
    share = Counter(busy)
    for delivery_id, endpoint_id in waiting:
        if most and share[endpoint_id] < OF_ONE_ENDPOINT:
            share[endpoint_id] += 1
            most -= 1
            yield delivery_id
