"""Previewing a step: it is taken, read, and undone.

It is the plan and the effects of ``advance_order``, not a second telling of them.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import undone
from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.language.stale_version import STALE
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.advance_order import (
    AdvanceOrder,
    Planned,
    plan_step,
    take_planned,
)
from plugins.orders.lifecycle.consequences import Consequences, compare, look


@dataclass(frozen=True)
class Preview:
    """``refusal``: why it can't be done; else what follows. ``is_lasting``: it can't be undone."""

    refusal: DomainError | None
    consequences: Consequences | None = None
    is_lasting: bool = False


def preview_step(session: Session, command: AdvanceOrder, *, actor: Actor, clock: Clock) -> Preview:
    """Changes nothing. Raises NotFound, and Conflict ``stale_version``."""
    is_lasting = False
    with undone(session):
        try:
            planned = plan_step(session, command, actor=actor)
            is_lasting = planned.is_lasting
            told = take_watched(session, planned, actor=actor, clock=clock)
        except DomainError as refusal:
            if isinstance(refusal, NotFound) or refusal.code == STALE:
                raise
            return Preview(refusal, is_lasting=is_lasting)
    return Preview(None, told, is_lasting=is_lasting)


def take_watched(session: Session, planned: Planned, *, actor: Actor, clock: Clock) -> Consequences:
    """Take the step, and tell what it did. Raises what effects raise."""
    before = look(session, planned.order)
    take_planned(session, planned, actor=actor, at=clock.now())
    return compare(session, planned.order, before)
