"""What is due happens: each deadline once, the oldest first, also after a week of standstill.

Each order is moved in a transaction of its own. A deadline is deleted in the transaction that
fires it, and two workers never take the same one, so none fires twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.db import Database
from billing_panel.kernel.errors import DomainError
from billing_panel.kernel.events import record
from plugins.orders.actions.advance_order import lock_for_change
from plugins.orders.models import Order, OrderDeadline
from plugins.orders.moves import take_step
from plugins.orders.order_state import facts_of
from plugins.orders.rules.order_facts import DEADLINE, SYSTEM, Trigger
from plugins.orders.rules.plan import Refusal, plan
from plugins.orders.workflow_store import workflow_of

BATCH = 500


@dataclass(frozen=True)
class Fired:
    moved: int = 0
    refused: int = 0


def fire_deadlines(database: Database, *, actor: Actor, clock: Clock) -> Fired:
    """Fire all that are due at ``clock.now()``. ``actor`` is the system."""
    now = clock.now()
    moved = refused = 0
    for order_id in _due(database, now):
        with database.writing() as session:
            match _fire(session, order_id, now, actor=actor):
                case True:
                    moved += 1
                case False:
                    refused += 1
                case None:
                    pass
    return Fired(moved, refused)


def _due(database: Database, now: datetime) -> Iterator[int]:
    """Ids of orders, read some at a time: nothing is kept of a long standstill but its place."""
    after: tuple[datetime, int] | None = None
    while True:
        page = select(OrderDeadline.due_at, OrderDeadline.order_id).where(
            OrderDeadline.due_at <= now
        )
        if after is not None:
            page = page.where(
                (OrderDeadline.due_at > after[0])
                | ((OrderDeadline.due_at == after[0]) & (OrderDeadline.order_id > after[1]))
            )
        with database.reading() as session:
            rows = session.execute(
                page.order_by(OrderDeadline.due_at, OrderDeadline.order_id).limit(BATCH)
            ).all()
        yield from (row.order_id for row in rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].due_at, rows[-1].order_id


def _fire(session: Session, order_id: int, now: datetime, *, actor: Actor) -> bool | None:
    """Whether the order moved; None: somebody else was quicker."""
    order = lock_for_change(session, actor, order_id)
    if order.deadline is None or order.deadline.due_at > now:
        return None
    step = plan(workflow_of(order), facts_of(order), Trigger(DEADLINE), SYSTEM)
    if isinstance(step, Refusal):
        _give_up(session, order, [reason.code for reason in step.reasons], actor=actor, at=now)
        return False
    try:
        with session.begin_nested():
            take_step(session, order, step, {}, actor=actor, at=now)
    except DomainError as error:
        session.refresh(order)
        _give_up(session, order, [error.code], actor=actor, at=now)
        return False
    return True


def _give_up(
    session: Session, order: Order, codes: list[str], *, actor: Actor, at: datetime
) -> None:
    """The order stays where it is, and its history says why nothing happened."""
    order.deadline = None
    order.version += 1
    record(
        session,
        "order.deadline_refused",
        actor=actor,
        at=at,
        subject=("order", order.id),
        provider_id=order.provider_id,
        client_id=order.client_id,
        facts={"reasons": codes},
    )
