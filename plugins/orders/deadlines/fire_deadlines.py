"""What is due happens: each deadline once, the oldest first, also after a week of standstill.

Each order is moved in a transaction of its own. A deadline is deleted in the transaction that
fires it, and two workers never take the same one, so none fires twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.effects import redate
from plugins.orders.lifecycle.transitions import try_step
from plugins.orders.settlement.order_state import facts_of
from plugins.orders.settlement.pay_by_day import day_to_pay
from plugins.orders.store.locked_order import lock_for_change
from plugins.orders.store.models import Order, OrderDeadline
from plugins.orders.store.order_log import note_change
from plugins.orders.store.workflow_store import workflow_of
from plugins.orders.workflow.order_facts import DEADLINE, SYSTEM, Trigger
from plugins.orders.workflow.plan import Refusal, plan

BATCH = 500


log = structlog.get_logger()


class DeadlineResult(Enum):
    """What became of one order whose time was up."""

    MOVED = auto()
    REFUSED = auto()
    BROKE_OFF = auto()


@dataclass(frozen=True)
class Fired:
    """How many orders moved, how many stayed for a reason told, and how many are still due."""

    moved: int = 0
    refused: int = 0
    broke_off: int = 0

    def __add__(self, more: "Fired") -> "Fired":
        return Fired(
            self.moved + more.moved, self.refused + more.refused, self.broke_off + more.broke_off
        )


def fire_deadlines(database: Database, *, actor: Actor, clock: Clock) -> Fired:
    """Fire all that are due at ``clock.now()``. ``actor`` is the system.

    Where a mistake of ours breaks one off, nothing of it is done and it stays due; the others go
    on.
    """
    now = clock.now()

    def fire(session: Session, order_id: int) -> DeadlineResult | None:
        return fire_deadline(session, order_id, now, actor=actor)

    return each_alone(database, _due(database, now), fire)


def each_alone(
    database: Database,
    order_ids: Iterable[int],
    act: Callable[[Session, int], DeadlineResult | None],
) -> Fired:
    """``act`` on each order in a transaction of its own; None: nothing was done."""
    outcomes: Counter[DeadlineResult | None] = Counter()
    for order_id in order_ids:
        try:
            with database.writing() as session:
                outcomes[act(session, order_id)] += 1
        except Unavailable:
            # no order's own mistake: the next one would fare no better
            raise
        except Exception:
            log.exception("deadline_broke_off", order=order_id)
            outcomes[DeadlineResult.BROKE_OFF] += 1
    return Fired(
        outcomes[DeadlineResult.MOVED],
        outcomes[DeadlineResult.REFUSED],
        outcomes[DeadlineResult.BROKE_OFF],
    )


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


def fire_deadline(
    session: Session, order_id: int, now: datetime, *, actor: Actor
) -> DeadlineResult | None:
    """Of one order, if it is due. None: somebody else was quicker."""
    order = lock_for_change(session, actor, order_id)
    if order.deadline is None or order.deadline.due_at > now:
        return None
    step = plan(workflow_of(order), facts_of(order), Trigger(DEADLINE), SYSTEM)
    if isinstance(step, Refusal):
        reasons: Sequence[str] | None = [reason.code for reason in step.reasons]
    else:
        with covering(session, order, actor=actor, at=now):
            reasons = try_step(session, order, step, actor=actor, at=now)
    if reasons is None:
        return DeadlineResult.MOVED
    _give_up(session, order, reasons, actor=actor, at=now)
    return DeadlineResult.REFUSED


def _give_up(
    session: Session, order: Order, codes: Sequence[str], *, actor: Actor, at: datetime
) -> None:
    """The order stays where it is, and its history says why nothing happened."""
    was = day_to_pay(order)
    order.deadline = None
    note_change(session, "order.deadline_refused", order, {"reasons": codes}, actor, at)
    redate(session, order, was, actor=actor, at=at)
