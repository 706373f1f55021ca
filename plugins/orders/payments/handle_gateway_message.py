"""Handling a payment system's messages about payments, each once (W3, W4).

1. Its signature was verified before (``Gateway.read``). The message is stored as it came; one that
   was stored already is not handled again.
2. The order is locked. Reference, name and sum must be those of the payment begun; what differs is
   kept, changes nothing, and stands in the log for staff.
3. Messages come in any order: what was received stays received, what failed may still succeed, and
   what the order does not need by then goes to the client's balance.
4. Disputes and refunds that failed come later, by ``handle_dispute`` and ``handle_refund``.
5. What is about no payment of an order may be about a top-up (``top_ups.handle_top_up``).
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.extension.gateways import Message, Outcome
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.retaxing.follow_tax_rates import follow_known_rates
from plugins.orders.lifecycle.take_step import go_on_paid, move_by_itself
from plugins.orders.payments.handle_dispute import handle_dispute, take_lost, wrong_of_dispute
from plugins.orders.payments.handle_failed_refund import handle_refund, payment_of_refund, refund_of
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger import order_ledger
from plugins.orders.store.locks.lock_order import lock_payment
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note
from plugins.orders.store.order_search import index_payment
from plugins.orders.store.payment import GatewayMessage, MessageResult, Payment, PaymentState
from plugins.orders.top_ups.handle_top_up_message import handle_top_up, top_up_of

OF_DISPUTES = {Outcome.DISPUTED, Outcome.DISPUTE_WON, Outcome.DISPUTE_LOST}
STATES = {Outcome.FAILED: PaymentState.FAILED, Outcome.IN_REVIEW: PaymentState.IN_REVIEW}
# from which states a message other than of success means something
OPEN_TO = {
    Outcome.FAILED: {PaymentState.BEGUN, PaymentState.IN_REVIEW, PaymentState.GIVEN_UP},
    Outcome.IN_REVIEW: {PaymentState.BEGUN},
}
ACTIONS = {Outcome.FAILED: "payment_failed", Outcome.IN_REVIEW: "payment_in_review"}


@dataclass(frozen=True)
class HandleMessage:
    """``message`` is what ``gateway`` read in ``body``."""

    gateway: str
    message: Message
    body: bytes


def handle_message(
    session: Session, command: HandleMessage, *, actor: Actor, clock: Clock
) -> MessageResult:
    """What became of it, or had become of it when it came first. ``actor`` is the system."""
    stored = _store(session, command, clock)
    if stored.result is None:
        stored.result = _result(session, stored, command, actor=actor, clock=clock)
    return stored.result


def _result(
    session: Session, stored: GatewayMessage, command: HandleMessage, *, actor: Actor, clock: Clock
) -> MessageResult:
    message = command.message
    if (payment_id := _payment_of(session, command)) is not None:
        return _handle(session, stored, payment_id, message, actor=actor, clock=clock)
    if (top_up_id := top_up_of(session, command.gateway, message)) is not None:
        return handle_top_up(session, stored, top_up_id, message, actor=actor, at=clock.now())
    return _unknown(session, stored, message, actor=actor, clock=clock)


def _store(session: Session, command: HandleMessage, clock: Clock) -> GatewayMessage:
    """The row of the message; of two that come at once the second waits for the first's result."""
    message = command.message
    row = insert_into(session, GatewayMessage).values(
        gateway=command.gateway,
        event_id=message.event_id,
        body=command.body,
        received_at=clock.now(),
        outcome=message.outcome,
    )
    session.execute(row.on_conflict_do_nothing())
    known = {"gateway": command.gateway, "event_id": message.event_id}
    return session.scalars(select(GatewayMessage).filter_by(**known)).one()


def _payment_of(session: Session, command: HandleMessage) -> int | None:
    """Its id by its reference; by our own name where its message is faster than its page."""
    if command.message.outcome is Outcome.REFUND_FAILED:
        return payment_of_refund(session, command.gateway, command.message)
    reference = {"gateway": command.gateway, "outside": command.message.reference}
    found = session.scalar(select(Payment.id).filter_by(**reference))
    if found is not None:
        return found
    number = whole_number(command.message.key.partition("-")[0])
    if number is None:
        return None
    begun = {"id": number, "gateway": command.gateway, "outside": None}
    named = session.scalars(select(Payment).filter_by(**begun)).first()
    return named.id if named is not None and named.key == command.message.key else None


def _unknown(
    session: Session, stored: GatewayMessage, message: Message, *, actor: Actor, clock: Clock
) -> MessageResult:
    record(
        session,
        "gateway_message.refused",
        actor=actor,
        at=clock.now(),
        subject=("gateway_message", stored.id),
        facts={"result": MessageResult.UNKNOWN_PAYMENT.value, "reference": message.reference},
    )
    return MessageResult.UNKNOWN_PAYMENT


def _handle(
    session: Session,
    stored: GatewayMessage,
    payment_id: int,
    message: Message,
    *,
    actor: Actor,
    clock: Clock,
) -> MessageResult:
    order, payment = lock_payment(session, actor, payment_id)
    stored.payment_id = payment.id
    if wrong := _wrong(payment, message):
        facts = {
            "payment": payment.id,
            "message": stored.id,
            "result": wrong.value,
            "amount": message.money.minor,
            "currency": message.money.currency,
        }
        note(session, "payment.message_refused", order, facts, actor, clock.now())
        return wrong
    with covering(session, order, actor=actor, at=clock.now()):
        return _happen(session, order, payment, message, actor=actor, clock=clock)


def _happen(
    session: Session,
    order: Order,
    payment: Payment,
    message: Message,
    *,
    actor: Actor,
    clock: Clock,
) -> MessageResult:
    if message.outcome is Outcome.REFUND_FAILED:
        applied = handle_refund(session, order, payment, message, actor=actor, at=clock.now())
        return MessageResult.APPLIED if applied else MessageResult.NOTHING_NEW
    if payment.outside != message.reference:
        payment.outside = message.reference
        index_payment(session, order, payment)
    if message.outcome in OF_DISPUTES:
        return handle_dispute(session, order, payment, message, actor=actor, at=clock.now())
    applied = (
        _receive(session, order, payment, actor=actor, clock=clock)
        if message.outcome is Outcome.SUCCEEDED
        else _mark(session, order, payment, message.outcome, actor=actor, clock=clock)
    )
    return MessageResult.APPLIED if applied else MessageResult.NOTHING_NEW


def _wrong(payment: Payment, message: Message) -> MessageResult | None:
    if message.outcome is Outcome.REFUND_FAILED:
        refund = refund_of(payment, message)
        fits = message.money == Money(refund.amount, payment.currency)
        return None if fits else MessageResult.WRONG_SUM
    if message.key != payment.key or payment.outside not in {None, message.reference}:
        return MessageResult.OTHER_PAYMENT
    if message.outcome in OF_DISPUTES:
        return wrong_of_dispute(payment, message)
    return None if message.money == payment.sum else MessageResult.WRONG_SUM


def _receive(
    session: Session, order: Order, payment: Payment, *, actor: Actor, clock: Clock
) -> bool:
    if payment.state is PaymentState.RECEIVED:
        return False
    at, was_paid = clock.now(), order.is_paid
    follow_known_rates(session, order, actor=actor, at=at)
    with following_books(session, order, actor=actor, at=at):
        order_ledger.receive(session, order, payment, actor=actor, at=at)
    take_lost(session, order, payment, actor=actor, at=at)
    if order.is_paid and not was_paid:
        go_on_paid(session, order, of=payment, actor=actor, at=at)
    return True


def _mark(
    session: Session,
    order: Order,
    payment: Payment,
    outcome: Outcome,
    *,
    actor: Actor,
    clock: Clock,
) -> bool:
    """The order moves, unless the client has begun another payment since: it waits for that."""
    if payment.state not in OPEN_TO[outcome]:
        return False
    payment.state, at = STATES[outcome], clock.now()
    note(session, f"payment.{outcome.value}", order, {"payment": payment.id}, actor, at)
    later = (other for other in order.payments if other.id > payment.id and other.page)
    if not any(other.is_open for other in later):
        move_by_itself(session, order, ACTIONS[outcome], of=payment, actor=actor, at=at)
    return True
