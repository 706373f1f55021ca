"""Giving up a payment at a payment system, so that nobody waits for it.

The order stays where it is, since only the payment system says that a payment failed (W4). What it
says later is taken all the same: money that comes pays the order, or goes to the balance.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.locks.lock_order import lock_payment
from plugins.orders.store.order_log import check_version, note_change
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.workflow.requirements import MAX_FIELD


@dataclass(frozen=True)
class GiveUpPayment:
    """``reason``: the client themselves may leave it empty."""

    payment_id: int
    reason: str = ""
    version: int | None = None


def give_up_payment(
    session: Session, command: GiveUpPayment, *, actor: Actor, clock: Clock
) -> Payment:
    """Raises FunctionNotHeld, NotFound, Invalid ``reason_missing``.

    And Conflict: ``stale_version``, ``nothing_to_give_up``.
    """
    require(actor, giving_up(actor))
    order, payment = lock_payment(session, actor, command.payment_id)
    check_version(order, command.version)
    reason = command.reason.strip() if is_visible(command.reason) else ""
    if not payment.is_open:
        message = text("This payment is no longer expected.")
        raise Conflict(message, code="nothing_to_give_up")
    if len(reason) > MAX_FIELD or (actor.kind is not ActorKind.CLIENT and not reason):
        message = text("Say briefly why; it stays in the history.")
        raise Invalid([FieldError("reason", "reason_missing", message)])
    payment.state = PaymentState.GIVEN_UP
    facts = {"payment": payment.id, "amount": payment.amount, "currency": payment.currency}
    words = {"reason": reason} if reason else None
    note_change(session, "payment.given_up", order, facts, actor, clock.now(), words)
    return payment


def giving_up(actor: Actor) -> OrdersFunction:
    """The function it takes: a client's to pay, staff's to record what comes in."""
    is_client = actor.kind is ActorKind.CLIENT
    return OrdersFunction.ORDER_PAY if is_client else OrdersFunction.PAYMENT_RECORD
