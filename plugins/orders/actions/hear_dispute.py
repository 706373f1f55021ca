"""What a payment system says of a dispute: it is open, won, or lost, which takes the money back.

Messages come in any order, each may come again: a dispute is closed once. One that is lost before
its payment is known to be received takes the money back when it is.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.gateways import Message, Outcome
from plugins.orders import money
from plugins.orders.effects import notify_shop
from plugins.orders.models import Order
from plugins.orders.moves import move_by_itself
from plugins.orders.occasion import Occasion
from plugins.orders.order_log import note
from plugins.orders.payment import (
    Dispute,
    DisputeState,
    MessageResult,
    Payment,
    PaymentState,
    RefundTo,
)

STATES = {
    Outcome.DISPUTED: DisputeState.OPEN,
    Outcome.DISPUTE_WON: DisputeState.WON,
    Outcome.DISPUTE_LOST: DisputeState.LOST,
}


def wrong_of_dispute(payment: Payment, message: Message) -> MessageResult | None:
    """It is about part of the payment; one that is lost, about what was not taken back before."""
    most = payment.amount
    if message.outcome is Outcome.DISPUTE_LOST and not _known(payment, message, closed=True):
        most -= _gone(payment)
    fits = message.money.currency == payment.currency and 0 < message.money.minor <= most
    return None if fits else MessageResult.WRONG_SUM


def hear_dispute(
    session: Session,
    order: Order,
    payment: Payment,
    message: Message,
    *,
    actor: Actor,
    at: datetime,
) -> MessageResult:
    """What differs from how it was closed before changes nothing."""
    state = STATES[message.outcome]
    dispute = _known(payment, message)
    if dispute is not None and dispute.closed_at is not None:
        contrary = state not in {DisputeState.OPEN, dispute.state}
        return MessageResult.CLOSED_OTHERWISE if contrary else MessageResult.NOTHING_NEW
    if dispute is not None and state is DisputeState.OPEN:
        return MessageResult.NOTHING_NEW
    if dispute is None:
        dispute = Dispute(outside=message.dispute, heard_at=at)
        payment.disputes.append(dispute)
    dispute.state, dispute.amount = state, message.money.minor
    dispute.closed_at = None if state is DisputeState.OPEN else at
    session.flush()
    if state is not DisputeState.LOST:
        note(
            session, f"payment.{message.outcome.value}", order, _facts(payment, dispute), actor, at
        )
    notify_shop(Occasion(session, order, actor, at, order.status))
    take_lost(session, order, payment, actor=actor, at=at)
    return MessageResult.APPLIED


def take_lost(
    session: Session, order: Order, payment: Payment, *, actor: Actor, at: datetime
) -> None:
    """What lost disputes have to take of a payment that was received; the workflow is told."""
    if payment.state is not PaymentState.RECEIVED:
        return
    for dispute in payment.disputes:
        if dispute.state is DisputeState.LOST and dispute.taken_at is None:
            money.charge_back(session, order, payment, dispute, actor=actor, at=at)
            move_by_itself(session, order, "dispute_lost", actor=actor, at=at)


def _known(payment: Payment, message: Message, *, closed: bool = False) -> Dispute | None:
    return next(
        (
            dispute
            for dispute in payment.disputes
            if dispute.outside == message.dispute and (dispute.closed_at or not closed)
        ),
        None,
    )


def _gone(payment: Payment) -> int:
    """What the payment system has given back or taken before."""
    back = (
        refund.amount
        for refund in payment.refunds
        if refund.to is RefundTo.METHOD and refund.failed_at is None
    )
    lost = (d.amount for d in payment.disputes if d.state is DisputeState.LOST)
    return sum(back) + sum(lost)


def _facts(payment: Payment, dispute: Dispute) -> dict[str, object]:
    return {
        "payment": payment.id,
        "dispute": dispute.outside,
        "amount": dispute.amount,
        "currency": payment.currency,
    }
