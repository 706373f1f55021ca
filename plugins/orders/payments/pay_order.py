"""Pay an order, and give back a payment: the workflow's actions ``pay`` and ``refund``, by name.

There is no other way to either, so what a workflow asks of them holds here too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Conflict, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.advance_order import AdvanceOrder, advance_order
from plugins.orders.store.locked import lock_for_change, lock_payment
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, Refund

# what the workflow's fields are called by those who pay
CALLED = {"payment_method": "method", "refund_to": "to"}


@dataclass(frozen=True)
class PayOrder:
    """``method``: a key. ``amount`` as typed, in what the method pays in; empty: all."""

    order_id: int
    method: str
    amount: str = ""
    reference: str = ""
    version: int | None = None


@dataclass(frozen=True)
class RefundPayment:
    """``amount`` as typed, empty: all of the payment that is left. ``to``: balance or method."""

    payment_id: int
    reason: str
    to: str = "balance"
    amount: str = ""
    version: int | None = None


def pay_order(
    session: Session, command: PayOrder, *, actor: Actor, clock: Clock
) -> Sequence[Payment]:
    """One payment in each tender.

    Raises what ``advance_order`` raises, and Refused: ``already_paid``, ``insufficient_funds``,
    ``more_than_left``; Invalid: ``method_not_allowed``, ``invalid_amount``.
    """
    order = lock_for_change(session, actor, command.order_id)
    known = {payment.id for payment in order.payments}
    fields = {
        "payment_method": command.method,
        "amount": command.amount,
        "reference": command.reference,
    }
    moved = _move(session, order, "pay", fields, command.version, actor=actor, clock=clock)
    return [payment for payment in moved.payments if payment.id not in known]


def refund_payment(
    session: Session, command: RefundPayment, *, actor: Actor, clock: Clock
) -> Refund:
    """Raises what ``advance_order`` raises, NotFound, Refused ``nothing_to_refund``, Invalid."""
    order, payment = lock_payment(session, actor, command.payment_id)
    known = {refund.id for refund in payment.refunds}
    fields = {
        "payment": str(payment.id),
        "amount": command.amount,
        "refund_to": command.to,
        "reason": command.reason,
    }
    _move(session, order, "refund", fields, command.version, actor=actor, clock=clock)
    (made,) = [refund for refund in payment.refunds if refund.id not in known]
    return made


def _move(
    session: Session,
    order: Order,
    action: str,
    fields: Mapping[str, str],
    version: int | None,
    *,
    actor: Actor,
    clock: Clock,
) -> Order:
    step = AdvanceOrder(order.id, action, fields=fields, version=version)
    try:
        return advance_order(session, step, actor=actor, clock=clock)
    except Conflict as refusal:
        nothing_left = (order.needed, order.needed_points) == (0, 0)
        if action == "pay" and nothing_left and refusal.code == "transition_refused":
            raise Refused(
                text("Nothing is left to pay."), code="already_paid", reasons=refusal.reasons
            ) from refusal
        raise
    except Invalid as refusal:
        errors = [replace(e, field=_called(e.field)) for e in refusal.errors]
        raise Invalid(errors, code=refusal.code) from refusal


def _called(field: str) -> str:
    name = field.removeprefix("fields.")
    return CALLED.get(name, name)
