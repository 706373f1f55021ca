"""Approve or refuse a write-off that somebody else proposed; or expect a debt again."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import Conflict, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.finance.write_offs.find_write_offs import find_write_off
from plugins.finance.write_offs.propose_write_off import note
from plugins.finance.write_offs.write_off_models import WriteOff, WriteOffState
from plugins.finance.write_offs.write_off_rules import (
    checked_reason,
    refuse_one_person,
    refuse_order,
    refuse_person,
)
from plugins.orders.settlement.ledger.bad_debts import expect_again, write_off
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order

DECIDED = {
    WriteOffState.APPROVED: "write_off.approved",
    WriteOffState.REFUSED: "write_off.refused",
}


@dataclass(frozen=True)
class DecideWriteOff:
    """Approve a proposal or refuse it, with a reason."""

    write_off_id: int
    approve: bool
    reason: str


@dataclass(frozen=True)
class ExpectDebtAgain:
    """What was written off of the order is owed as before, with a reason: a mistake, a promise."""

    order_id: int
    reason: str


def decide_write_off(
    session: Session, command: DecideWriteOff, *, actor: Actor, clock: Clock
) -> WriteOff:
    """Raises NotFound, Invalid ``reason_missing``, Conflict ``already_decided``, ``debt_changed``.

    And FunctionNotHeld, Forbidden ``not_a_person``, ``own_debt``, ``own_proposal``,
    ``not_two_people``, ``proposer_may_not``, and what ``refuse_order`` refuses.
    """
    require(actor, FinanceFunction.WRITE_OFF_APPROVE)
    order_id = find_write_off(session, actor, command.write_off_id).order_id
    order = lock_for_change(session, actor, order_id)
    proposal = find_write_off(session, actor, command.write_off_id)
    lock_row(session, proposal)
    reason = checked_reason(command.reason)
    if proposal.state is not WriteOffState.OPEN:
        raise Conflict(text("Someone else has decided already."), code="already_decided")
    refuse_person(session, actor, order)
    if command.approve:
        refuse_one_person(session, proposal, actor)
        _carry_out(session, proposal, order, actor=actor, clock=clock)
    elif proposal.proposed_by_id == actor.user_id:
        refuse_one_person(session, proposal, actor)
    proposal.state = WriteOffState.APPROVED if command.approve else WriteOffState.REFUSED
    proposal.decision_reason = reason
    proposal.decided_by_id, proposal.decided_at = actor.user_id, clock.now()
    kind, currency = DECIDED[proposal.state], order.currency
    note(session, kind, proposal, currency, reason, actor=actor, clock=clock)
    return proposal


def _carry_out(
    session: Session, proposal: WriteOff, order: Order, *, actor: Actor, clock: Clock
) -> None:
    refuse_order(order)
    if order.owed != proposal.amount:
        raise Conflict(
            text(
                "The debt was %(then)s when this was proposed and is %(now)s now; refuse this, and"
                " propose it again.",
                then=order.money(proposal.amount),
                now=order.money(order.owed),
            ),
            code="debt_changed",
        )
    write_off(session, order, proposal.reason, actor=actor, at=clock.now())


def expect_debt_again(
    session: Session, command: ExpectDebtAgain, *, actor: Actor, clock: Clock
) -> Order:
    """Raises FunctionNotHeld, NotFound, Invalid ``reason_missing``, Refused ``not_written_off``.

    And Forbidden ``not_a_person``, ``own_debt``.
    """
    require(actor, FinanceFunction.WRITE_OFF_APPROVE)
    order = lock_for_change(session, actor, command.order_id)
    reason = checked_reason(command.reason)
    refuse_person(session, actor, order)
    if not order.written_off:
        raise Refused(
            text("Nothing of this order is written off."),
            code="not_written_off",
        )
    debt = order.money(order.written_off)
    expect_again(session, order, debt, reason=reason, actor=actor, at=clock.now())
    return order
