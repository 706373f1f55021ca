"""Tells workflows of dates that have passed, once each: an overdue bill, the end of a term.

Where it has no step for it from where the order is, nothing is written, and it is told when it has.
Each order is moved in a transaction of its own, in which it is looked at again: two workers tell
none twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.deadlines.find_passed_dates import MESSAGES, providers_told
from plugins.orders.deadlines.fire_deadlines import BATCH, DeadlineResult, Fired, each_alone
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.take_step import move_by_itself
from plugins.orders.settlement.read_order_facts import facts_of
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import as_made, workflow_of
from plugins.orders.store.workflow_models import WorkflowVersion
from plugins.orders.workflow.order_facts import SYSTEM, Trigger
from plugins.orders.workflow.plan_step import Refusal, plan


def watch_dates(database: Database, *, actor: Actor, clock: Clock) -> Fired:
    """Tell the workflow of every date that has passed at ``clock.now()``. ``actor``: the system.

    Where a mistake of ours breaks one off, nothing of it is done and it is told the next time; the
    others go on.
    """
    fired = Fired()
    for action in MESSAGES:
        with database.reading() as session:
            providers = providers_told(session, action)
        for provider in providers:
            watch = _Watch(database, provider, action, actor, clock.now())
            fired += each_alone(database, watch.answering(), watch.tell)
    return fired


@dataclass(frozen=True)
class _Watch:
    """One message to the orders of one provider."""

    database: Database
    provider: Provider
    action: str
    actor: Actor
    now: datetime

    def answering(self) -> Iterator[int]:
        """Ids of orders that have a step for it from where they are, read some at a time."""
        found = MESSAGES[self.action].found(self.provider, self.now).order_by(Order.id)
        after = 0
        while True:
            with self.database.reading() as session:
                rows = session.execute(found.where(Order.id > after).limit(BATCH)).all()
                answering = [row.id for row in rows if self._answers(session, row)]
            yield from answering
            if len(rows) < BATCH:
                return
            after = rows[-1].id

    def tell(self, session: Session, order_id: int) -> DeadlineResult | None:
        """None: somebody else was quicker, or nothing answers now."""
        message = MESSAGES[self.action]
        order = lock_for_change(session, self.actor, order_id)
        found = message.found(order.provider, self.now).where(Order.id == order_id)
        row = session.execute(found).first()
        if row is None or message.spared(row, order.provider):
            return None
        step = plan(workflow_of(order), facts_of(order), Trigger(self.action), SYSTEM)
        if isinstance(step, Refusal):
            return None
        setattr(order, message.told, row.date)
        with covering(session, order, actor=self.actor, at=self.now):
            moved = move_by_itself(session, order, self.action, actor=self.actor, at=self.now)
        return DeadlineResult.MOVED if moved else DeadlineResult.REFUSED

    def _answers(self, session: Session, row: Row[Any]) -> bool:
        if MESSAGES[self.action].spared(row, self.provider):
            return False
        version = session.get_one(WorkflowVersion, row.workflow_id)
        try:
            workflow = as_made(version)
        except ValueError:
            return True  # told below, where it breaks off alone
        return bool(workflow.steps_for(row.status, Trigger(self.action)))
