"""Which debts can be written off, and by whom: asked when it is proposed, and when it is done."""

from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.really_two_people import read_hands
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Forbidden, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor, ActorKind
from permissions.guard import allows
from plugins.finance.functions import FinanceFunction
from plugins.finance.write_offs.write_off_models import WriteOff
from plugins.orders.store.models import Order
from plugins.orders.store.payment import DisputeState
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.workflow.statuses.stage import Stage

MAX_REASON = 500
OVER = frozenset({Stage.DONE, Stage.LOST})


def refuse_order(order: Order) -> None:
    """Raises Refused ``nothing_owed``, ``order_not_over``, ``disputed``, ``payment_begun``."""
    if not order.owed:
        raise Refused(
            text("Nothing is owed for this order, so there is nothing to write off."),
            code="nothing_owed",
        )
    if order.stage not in OVER:
        raise Refused(
            text("Complete or cancel the order first; what is still owed then can be written off."),
            code="order_not_over",
        )
    if any(d.state is DisputeState.OPEN for payment in order.payments for d in payment.disputes):
        raise Refused(
            text("A payment of this order is disputed; wait until the dispute is decided."),
            code="disputed",
        )
    if any(payment.is_open for payment in order.payments):
        raise Refused(
            text("A payment of this order is under way; wait for it, or stop waiting for it."),
            code="payment_begun",
        )


def refuse_person(session: Session, actor: Actor, order: Order) -> None:
    """Raises Forbidden ``not_a_person``, ``own_debt``."""
    if actor.kind is not ActorKind.STAFF or actor.user_id is None:
        raise Forbidden(text("Only staff can write off debts."), code="not_a_person")
    own = session.get(ClientUser, actor.user_id)
    if own is not None and own.client_id == order.client_id:
        raise Forbidden(text("You can’t write off a debt of your own."), code="own_debt")


def refuse_one_person(session: Session, proposal: WriteOff, actor: Actor) -> None:
    """Raises Forbidden ``own_proposal``, ``not_two_people``, ``proposer_may_not``."""
    if proposal.proposed_by_id == actor.user_id:
        raise Forbidden(text("You can’t approve your own proposal."), code="own_proposal")
    if is_one_person(session, proposal, actor):
        raise Forbidden(
            text(
                "You and the person who proposed this don’t count as two people:"
                " one of you added the other, created a sign-in link for them or"
                " reset their second factor, or someone else did so with both. Ask"
                " someone else to decide."
            ),
            code="not_two_people",
        )
    if not _may_still(session, proposal):
        raise Forbidden(text("Whoever proposed it may no longer do so."), code="proposer_may_not")


def is_one_person(session: Session, proposal: WriteOff, actor: Actor) -> bool:
    """Whether the actor may be whoever proposed it, behind another login since then."""
    if actor.user_id is None:
        return True
    since = proposal.proposed_at
    return read_hands(session).may_be_one(proposal.proposed_by_id, actor.user_id, since=since)


def _may_still(session: Session, proposal: WriteOff) -> bool:
    user = session.get(User, proposal.proposed_by_id, populate_existing=True)
    actor = actor_of(session, user, vocabulary_of(session).functions) if user else None
    if actor is None or not allows(actor, FinanceFunction.WRITE_OFF_PROPOSE):
        return False
    return actor.provider_ids is None or proposal.provider_id in actor.provider_ids


def checked_reason(reason: str) -> str:
    """Raises Invalid ``reason_missing``."""
    if not is_visible(reason) or len(reason.strip()) > MAX_REASON:
        message = text("Say briefly why; it stays in the books.")
        raise Invalid([FieldError("reason", "reason_missing", message)], code="reason_missing")
    return reason.strip()
