"""Give back a payment: the workflow's action ``refund``, by name.

There is no other way to give one back, so what a workflow asks of it holds here too.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.advance_order import AdvanceOrder, plan_locked, take_planned
from plugins.orders.store.locks.lock_order import lock_payment
from plugins.orders.store.payment import Refund

# where the workflow's fields stand in the form of those who refund; the others bear their own names
REFUNDING = {"refund_to": "to"}


@dataclass(frozen=True)
class RefundPayment:
    """``amount`` as typed, empty: all of the payment that is left. ``to``: balance or method."""

    payment_id: int
    reason: str
    to: str = "balance"
    amount: str = ""
    version: int | None = None


def refund_payment(
    session: Session, command: RefundPayment, *, actor: Actor, clock: Clock
) -> Refund:
    """The refund made.

    Raises what ``advance_order`` raises, NotFound, Refused ``nothing_to_refund``, Invalid.
    """
    order, payment = lock_payment(session, actor, command.payment_id)
    fields = {
        "payment": str(payment.id),
        "amount": command.amount,
        "refund_to": command.to,
        "reason": command.reason,
    }
    step = AdvanceOrder(
        order.id, "refund", fields=fields, version=command.version, places=REFUNDING
    )
    planned = plan_locked(order, step, actor=actor)
    made = take_planned(session, planned, actor=actor, at=clock.now())
    return next(refund for refund in made.refunds if refund.payment_id == payment.id)
