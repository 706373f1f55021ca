"""Fires deadlines that are due: each once, the oldest first, even after a week offline.

A deadline is deleted in the transaction that fires it, and two workers never take the same one, so
none fires twice. Each order is moved in a transaction of its own, unless nothing of money or of
what was delivered is in it: those are moved many at a time (``orders_fired_together``). Where one
of these refuses or breaks off, nothing of all of them is done, and each is moved alone.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from itertools import islice
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.deadlines.orders_fired_together import is_plain
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.effects import redate
from plugins.orders.lifecycle.take_step import take_step, try_step
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.settlement.read_order_facts import facts_of, fill_in
from plugins.orders.store.locks.lock_order import lock_for_change, lock_together
from plugins.orders.store.models import Order, OrderDeadline
from plugins.orders.store.order_log import note_change
from plugins.orders.store.versions.workflow_store import status_rows, workflow_of
from plugins.orders.workflow.order_facts import DEADLINE, SYSTEM, Trigger
from plugins.orders.workflow.plan_step import Refusal, plan

BATCH = 500
# so many orders at most are moved in one transaction, for which others wait
MOST_TOGETHER = 50

log = logger()


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

    fired, due = Fired(), _due(database, now)
    while some := [*islice(due, MOST_TOGETHER)]:
        moved = _together(database, some, now, actor=actor)
        fired += Fired(moved=len(moved))
        left = (order_id for order_id, _ in some if order_id not in moved)
        fired += each_alone(database, left, fire)
    return fired


def _together(
    database: Database, due: Sequence[tuple[int, int]], now: datetime, *, actor: Actor
) -> AbstractSet[int]:
    """Ids of those moved; of ``due``, (order, provider), each provider's in one transaction."""
    of_providers: dict[int, list[int]] = {}
    for order_id, provider_id in due:
        of_providers.setdefault(provider_id, []).append(order_id)
    moved: set[int] = set()
    for provider_id, order_ids in of_providers.items():
        try:
            with database.writing() as session:
                fired = fire_together(session, order_ids, provider_id, now, actor=actor)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 (whichever of them it is says so alone)
            log.info("deadlines_not_together", orders=len(order_ids), error=type(error).__name__)
        else:
            moved.update(fired)
    return moved


def fire_together(
    session: Session, order_ids: Sequence[int], provider_id: int, now: datetime, *, actor: Actor
) -> Sequence[int]:
    """Ids of those moved, of orders of one provider; what is not plain stays as it is.

    Raises what steps raise.
    """
    moved = []
    orders = lock_together(session, order_ids, provider_id)
    statuses = status_rows(session, provider_id)
    # nothing is asked meanwhile that these steps change, and all is written at once
    with session.no_autoflush:
        for order in orders:
            if order.deadline is None or order.deadline.due_at > now:
                continue
            step = plan(workflow_of(order), facts_of(order), Trigger(DEADLINE), SYSTEM)
            if isinstance(step, Refusal) or not is_plain(order, step):
                continue
            nothing = fill_in(order, {})
            take_step(session, order, step, nothing, actor=actor, at=now, statuses=statuses)
            moved.append(order.id)
    return moved


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


def ids_in_order(
    database: Database, found: Select[int], place: InstrumentedAttribute[Any]
) -> Iterator[int]:
    """The ids that ``found`` selects in the order of ``place``, their column, read some at a time.

    No transaction is open while whoever asked works on them.
    """
    after, page = 0, found.order_by(place).limit(BATCH)
    while True:
        with database.reading() as session:
            ids = session.scalars(page.where(place > after)).all()
        yield from ids
        if len(ids) < BATCH:
            return
        after = ids[-1]


def _due(database: Database, now: datetime) -> Iterator[tuple[int, int]]:
    """Ids of orders and their providers, read some at a time.

    Nothing is kept of a long standstill but its place.
    """
    after: tuple[datetime, int] | None = None
    due = select(OrderDeadline.due_at, OrderDeadline.order_id, Order.provider_id)
    due = due.join(Order, Order.id == OrderDeadline.order_id).where(OrderDeadline.due_at <= now)
    while True:
        page = due
        if after is not None:
            page = page.where(
                (OrderDeadline.due_at > after[0])
                | ((OrderDeadline.due_at == after[0]) & (OrderDeadline.order_id > after[1]))
            )
        with database.reading() as session:
            rows = session.execute(
                page.order_by(OrderDeadline.due_at, OrderDeadline.order_id).limit(BATCH)
            ).all()
        yield from ((row.order_id, row.provider_id) for row in rows)
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
