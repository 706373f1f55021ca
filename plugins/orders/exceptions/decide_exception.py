"""Approving or refusing an exception that someone else proposed."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.accounts.signing_in.really_two_people import read_hands
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import Conflict, Forbidden, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.exceptions.exception_models import Decision, OrderException, State
from plugins.orders.exceptions.exception_rights import is_one_person, may_still, refuse_hand
from plugins.orders.exceptions.find_exceptions import find_exception
from plugins.orders.exceptions.propose_exception import wrong_reason
from plugins.orders.exceptions.use_exceptions import NOT_USABLE
from plugins.orders.functions import OrdersFunction


@dataclass(frozen=True)
class DecideException:
    """Approve or refuse a proposal, with a reason."""

    exception_id: int
    decision: Decision
    reason: str


def decide_exception(
    session: Session, command: DecideException, *, actor: Actor, clock: Clock
) -> OrderException:
    """Raises NotFound, Invalid, Conflict ``already_decided``, Refused ``exceptions_off``.

    And Forbidden: FunctionNotHeld, ``own_exception``, ``over_cap``, ``proposer_may_not``,
    ``not_two_people``.
    """
    require(actor, OrdersFunction.EXCEPTION_APPROVE)
    lock_row(session, find_exception(session, actor, command.exception_id))
    exception = find_exception(session, actor, command.exception_id)
    if errors := [*wrong_reason(command.reason)]:
        raise Invalid(errors)
    at = clock.now()
    state = exception.state(at)
    if state is not State.OPEN:
        said = NOT_USABLE.get(state, text("The exception was already approved."))
        raise Conflict(said, code="already_decided")
    if exception.proposed_by_id == actor.user_id:
        raise Forbidden(text("You can’t approve your own proposal."), code="own_exception")
    refuse_hand(session, exception, actor, OrdersFunction.EXCEPTION_APPROVE)
    if command.decision is Decision.APPROVED:
        _refuse_one_person(session, exception, actor)
        _refuse_lapsed(session, exception)
    exception.decision, exception.decision_reason = command.decision, command.reason.strip()
    exception.decided_by_id, exception.decided_at = actor.user_id, at
    record(
        session,
        f"exception.{command.decision.value}",
        actor=actor,
        at=at,
        subject=("exception", exception.id),
        provider_id=exception.provider_id,
        client_id=exception.client_id,
    )
    return exception


def _refuse_one_person(session: Session, exception: OrderException, actor: Actor) -> None:
    if is_one_person(read_hands(session), exception, actor.user_id):
        raise Forbidden(
            text(
                "You and the person who proposed this don’t count as two people:"
                " one of you added the other, created a sign-in link for them or"
                " reset their second factor, or someone else did so with both. Ask"
                " someone else to decide."
            ),
            code="not_two_people",
        )


def _refuse_lapsed(session: Session, exception: OrderException) -> None:
    if not exception.provider.exceptions_allowed:
        raise Refused(text("This provider makes no exceptions."), code="exceptions_off")
    proposer = exception.proposed_by_id
    if not may_still(session, exception, proposer, OrdersFunction.EXCEPTION_PROPOSE):
        raise Forbidden(text("Whoever proposed it may no longer do so."), code="proposer_may_not")
