"""Propose to write off what is owed for an order.

Nothing is posted before somebody else approves it (``decide_write_off``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.finance.write_offs.write_off_models import WriteOff, WriteOffState
from plugins.finance.write_offs.write_off_rules import checked_reason, refuse_order, refuse_person
from plugins.orders.store.locks.lock_order import lock_for_change

PROPOSED = "write_off.proposed"


@dataclass(frozen=True)
class ProposeWriteOff:
    """All that is owed for the order, and why nobody expects it any more."""

    order_id: int
    reason: str


def propose_write_off(
    session: Session, command: ProposeWriteOff, *, actor: Actor, clock: Clock
) -> WriteOff:
    """Raises FunctionNotHeld, NotFound, Invalid ``reason_missing``, Conflict ``already_proposed``.

    And Forbidden ``not_a_person``, ``own_debt``, Refused ``nothing_owed``, ``order_not_over``,
    ``disputed``, ``payment_begun``.
    """
    require(actor, FinanceFunction.WRITE_OFF_PROPOSE)
    order = lock_for_change(session, actor, command.order_id)
    reason = checked_reason(command.reason)
    refuse_person(session, actor, order)
    refuse_order(order)
    still = select(WriteOff.id).filter_by(order_id=order.id, state=WriteOffState.OPEN)
    if session.scalar(still) is not None:
        raise Conflict(
            text("This was proposed already and waits for a decision."), code="already_proposed"
        )
    proposal = WriteOff(
        order_id=order.id,
        provider_id=order.provider_id,
        client_id=order.client_id,
        amount=order.owed,
        reason=reason,
        proposed_by_id=actor.user_id or 0,
        proposed_at=clock.now(),
        state=WriteOffState.OPEN,
        decision_reason="",
    )
    session.add(proposal)
    session.flush()
    note(session, PROPOSED, proposal, order.currency, reason, actor=actor, clock=clock)
    return proposal


def note(
    session: Session,
    kind: str,
    proposal: WriteOff,
    currency: str,
    reason: str,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """Write it into the log."""
    facts: Mapping[str, object] = {
        "order": proposal.order_id,
        "amount": proposal.amount,
        "currency": currency,
    }
    record(
        session,
        kind,
        actor=actor,
        at=clock.now(),
        subject=("write_off", proposal.id),
        provider_id=proposal.provider_id,
        client_id=proposal.client_id,
        facts=facts,
        words={"reason": reason},
    )
