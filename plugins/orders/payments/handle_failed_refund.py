"""A refund that a payment system accepted but couldn't make."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.gateways import Message
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from plugins.orders.lifecycle.effects import notify_shop
from plugins.orders.lifecycle.take_step import go_on_paid
from plugins.orders.payments.handle_dispute import take_lost
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger import refund_ledger
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, Refund, RefundTo

PREFIX = "refund"


def payment_of_refund(session: Session, gateway: str, message: Message) -> int | None:
    """The id of that of ``gateway`` of which ``message.key`` names a refund to its method."""
    prefix, _, rest = message.key.partition("-")
    number = whole_number(rest.partition("-")[0])
    if prefix != PREFIX or number is None:
        return None
    named = (
        select(Payment, Refund)
        .join(Refund, Refund.payment_id == Payment.id)
        .where(Refund.id == number, Refund.to == RefundTo.METHOD, Payment.gateway == gateway)
    )
    found = session.execute(named).first()
    return None if found is None or found.Refund.key != message.key else found.Payment.id


def refund_of(payment: Payment, message: Message) -> Refund:
    """``payment`` was found by it."""
    return next(refund for refund in payment.refunds if refund.key == message.key)


def handle_refund(
    session: Session,
    order: Order,
    payment: Payment,
    message: Message,
    *,
    actor: Actor,
    at: datetime,
) -> bool:
    """It has failed, once; staff are told, and may give back in another way."""
    refund = refund_of(payment, message)
    if refund.failed_at is not None:
        return False
    was_paid = order.is_paid
    with following_books(session, order, actor=actor, at=at):
        refund_ledger.keep_after_all(session, order, payment, refund, actor=actor, at=at)
    take_lost(session, order, payment, actor=actor, at=at)
    notify_shop(EffectContext(session, order, actor, at, order.status))
    if order.is_paid and not was_paid:
        go_on_paid(session, order, actor=actor, at=at)
    return True
