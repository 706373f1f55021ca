"""A payment system's messages about disputes: open, won, or lost, which takes the money back.

Messages come in any order, each may come again: a dispute is closed once. One that is lost before
its payment is known to be received takes the money back when it is.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.gateways import Message, Outcome
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from plugins.orders.lifecycle.effects import notify_shop
from plugins.orders.lifecycle.take_step import move_by_itself
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger import refund_ledger
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note
from plugins.orders.store.payment import (
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


CHARGED_BACK = text("The payment was charged back.")


def wrong_of_dispute(payment: Payment, message: Message) -> MessageResult | None:
    """It is about the payment, or part of it."""
    fits = message.money.currency == payment.currency and 0 < message.money.minor <= payment.amount
    return None if fits else MessageResult.WRONG_SUM


def handle_dispute(
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
    if dispute is not None and _is_settled(dispute, message):
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
    notify_shop(EffectContext(session, order, actor, at, order.status))
    take_lost(session, order, payment, actor=actor, at=at)
    waits = dispute.state is DisputeState.LOST and dispute.taken_at is None
    if waits and payment.state is PaymentState.RECEIVED:
        note(session, "payment.dispute_waits", order, _facts(payment, dispute), actor, at)
    return MessageResult.APPLIED


def _is_settled(dispute: Dispute, message: Message) -> bool:
    """It was closed, unless it is lost, still takes nothing, and is said to be of another sum."""
    if dispute.closed_at is None:
        return False
    waits = dispute.state is DisputeState.LOST and dispute.taken_at is None
    other_sum = STATES[message.outcome] is DisputeState.LOST and (
        message.money.minor != dispute.amount
    )
    return not (waits and other_sum)


def take_lost(
    session: Session, order: Order, payment: Payment, *, actor: Actor, at: datetime
) -> None:
    """What lost disputes have to take of a payment that was received; the workflow is told.

    Refunds that the payment system has yet to take it cannot make any more. A dispute that takes
    more than it still has of the payment waits: a refund may have failed.
    """
    if payment.state is not PaymentState.RECEIVED:
        return
    for dispute in payment.disputes:
        if dispute.state is not DisputeState.LOST or dispute.taken_at is not None:
            continue
        with following_books(session, order, actor=actor, at=at, why=CHARGED_BACK):
            taken = _take(session, order, payment, dispute, actor=actor, at=at)
        if taken:
            move_by_itself(session, order, "dispute_lost", actor=actor, at=at)


def _take(
    session: Session,
    order: Order,
    payment: Payment,
    dispute: Dispute,
    *,
    actor: Actor,
    at: datetime,
) -> bool:
    """Whether the payment has what the dispute takes."""
    if dispute.amount > payment.amount - _gone(payment):
        _call_off(session, order, payment, actor=actor, at=at)
    if dispute.amount > payment.amount - _gone(payment):
        return False
    refund_ledger.charge_back(session, order, payment, dispute, actor=actor, at=at)
    return True


def _call_off(
    session: Session, order: Order, payment: Payment, *, actor: Actor, at: datetime
) -> None:
    for refund in payment.refunds:
        if refund.to is RefundTo.METHOD and refund.sent_at is None and refund.failed_at is None:
            refund_ledger.keep_after_all(session, order, payment, refund, actor=actor, at=at)


def _known(payment: Payment, message: Message) -> Dispute | None:
    return next((one for one in payment.disputes if one.outside == message.dispute), None)


def _gone(payment: Payment) -> int:
    """What the payment system has given back or taken before."""
    back = (
        refund.amount
        for refund in payment.refunds
        if refund.to is RefundTo.METHOD and refund.failed_at is None
    )
    lost = (dispute.amount for dispute in payment.disputes if dispute.taken_at is not None)
    return sum(back) + sum(lost)


def _facts(payment: Payment, dispute: Dispute) -> dict[str, object]:
    return {
        "payment": payment.id,
        "dispute": dispute.outside,
        "amount": dispute.amount,
        "currency": payment.currency,
    }
