"""Pay an order: the workflow's action ``pay``, by name.

There is no other way to pay one, so what a workflow asks of it holds here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Conflict, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.advance_order import AdvanceOrder, plan_locked, take_planned
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.payment import Payment

# where the workflow's fields stand in the form of those who pay; the others bear their own names
PAYING = {"payment_method": "method"}


@dataclass(frozen=True)
class PayOrder:
    """``method``: a key. ``amount`` as typed, in what the method pays in; empty: all.

    ``received_on``: the day on which the money came, as typed; empty: today. ``accept_duplicate``:
    another payment may have the same reference.
    """

    order_id: int
    method: str
    amount: str = ""
    reference: str = ""
    received_on: str = ""
    accept_duplicate: bool = False
    version: int | None = None


def pay_order(
    session: Session, command: PayOrder, *, actor: Actor, clock: Clock
) -> Sequence[Payment]:
    """The payments made: one in money, one in points, or both.

    Raises what ``advance_order`` raises, and Refused: ``already_paid``, ``insufficient_funds``,
    ``more_than_left``; Invalid: ``method_not_allowed``, ``invalid_amount``, ``future_day``,
    ``month_closed``, ``duplicate_reference``.
    """
    order = lock_for_change(session, actor, command.order_id)
    fields = {
        "payment_method": command.method,
        "amount": command.amount,
        "reference": command.reference,
        "received_on": command.received_on,
        "accept_duplicate": "yes" if command.accept_duplicate else "",
    }
    step = AdvanceOrder(order.id, "pay", fields=fields, version=command.version, places=PAYING)
    try:
        planned = plan_locked(order, step, actor=actor)
    except Conflict as refusal:
        nothing_left = (order.needed, order.needed_points) == (0, 0)
        if nothing_left and refusal.code == "transition_refused":
            raise Refused(
                text("Nothing is left to pay."), code="already_paid", reasons=refusal.reasons
            ) from refusal
        raise
    return take_planned(session, planned, actor=actor, at=clock.now()).payments
