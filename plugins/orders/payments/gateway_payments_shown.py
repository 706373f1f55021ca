"""An order's payments at payment systems, as its page shows them."""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.kernel.extension.gateways import Outcome
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.money import Money
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.payments.give_up_payment import giving_up
from plugins.orders.settlement.allowed_payment_methods import gateway_methods, refusal_to_pay
from plugins.orders.store.models import Order
from plugins.orders.store.payment import (
    Dispute,
    DisputeState,
    GatewayMessage,
    MessageResult,
    Payment,
    PaymentState,
)
from plugins.orders.store.visibility.order_field_visibility import disputes_of
from plugins.orders.store.visibility.price_visibility import priced, without_sums

# the newest are shown; of those before, whatever came in stands among the payments
MOST = 20
STATES = {
    PaymentState.BEGUN: text("Started"),
    PaymentState.IN_REVIEW: text("Under review"),
    PaymentState.GIVEN_UP: text("Given up"),
    PaymentState.FAILED: text("Failed"),
    PaymentState.RECEIVED: text("Received"),
}
TONES = {
    PaymentState.BEGUN: "mute",
    PaymentState.IN_REVIEW: "warn",
    PaymentState.GIVEN_UP: "mute",
    PaymentState.FAILED: "bad",
    PaymentState.RECEIVED: "ok",
}
OUTCOMES = {
    Outcome.SUCCEEDED: text("Payment succeeded"),
    Outcome.FAILED: text("Payment failed"),
    Outcome.IN_REVIEW: text("Payment under review"),
    Outcome.DISPUTED: text("Payment disputed"),
    Outcome.DISPUTE_WON: text("Dispute won"),
    Outcome.DISPUTE_LOST: text("Dispute lost"),
    Outcome.REFUND_FAILED: text("Refund failed"),
}
RESULTS = {
    MessageResult.APPLIED: text("taken"),
    MessageResult.NOTHING_NEW: text("nothing new"),
    MessageResult.UNKNOWN_PAYMENT: text("not one of our payments: kept, nothing changed"),
    MessageResult.OTHER_PAYMENT: text("refers to another payment: kept, nothing changed"),
    MessageResult.WRONG_SUM: text("states another amount: kept, nothing changed"),
    MessageResult.CLOSED_OTHERWISE: text(
        "was already closed with another result: kept, nothing changed"
    ),
}
DISPUTES = {
    DisputeState.OPEN: (text("Disputed: %(sum)s"), "warn"),
    DisputeState.WON: (text("Dispute won: %(sum)s"), "ok"),
    DisputeState.LOST: (text("Dispute lost: %(sum)s"), "bad"),
}


@dataclass(frozen=True)
class Said:
    """A message as a page shows it: what it says, and what became of it."""

    at: datetime
    outcome: Text
    result: Text


@dataclass(frozen=True)
class DisputeShown:
    """A dispute as a page shows it."""

    at: datetime
    what: Text
    tone: str


@dataclass(frozen=True)
class OutsidePayment:
    """A payment and, for staff, what was said of it and its disputes, oldest first.

    ``may_give_up``: whoever looks may, now.
    """

    payment: Payment
    messages: Sequence[Said] = ()
    disputes: Sequence[DisputeShown] = ()
    may_give_up: bool = False

    @property
    def state(self) -> Text:
        return STATES[self.payment.state]

    @property
    def tone(self) -> str:
        return TONES[self.payment.state]


@dataclass(frozen=True)
class Outside:
    """``methods``: those by which whoever looks can leave now."""

    methods: Sequence[PaymentMethod]
    payments: Sequence[OutsidePayment]


def outside(
    session: Session, order: Order, actor: Actor, gateways: Container[str], at: datetime
) -> Outside:
    """Read what the page shows of payments outside, the newest MOST; clients see no messages."""
    carried_out = [payment for payment in order.payments if payment.gateway][-MOST:]
    is_client = actor.kind is ActorKind.CLIENT
    said = {} if is_client else _messages(session, carried_out)
    may = allows(actor, giving_up(actor))
    return Outside(
        _methods(session, order, actor, gateways, at),
        [
            OutsidePayment(
                priced(payment, actor),
                said.get(payment.id, ()),
                [_shown(payment, one, actor) for one in disputes_of(payment, actor)],
                may and payment.is_open,
            )
            for payment in carried_out
        ],
    )


def _shown(payment: Payment, dispute: Dispute, actor: Actor) -> DisputeShown:
    words, tone = DISPUTES[dispute.state]
    money = Money(dispute.amount, payment.currency)
    what = without_sums(Text(words.sentence, {"sum": money}), actor)
    return DisputeShown(dispute.closed_at or dispute.heard_at, what, tone)


def _methods(
    session: Session, order: Order, actor: Actor, gateways: Container[str], at: datetime
) -> Sequence[PaymentMethod]:
    may_pay = actor.kind is ActorKind.CLIENT and allows(actor, OrdersFunction.ORDER_PAY)
    if not may_pay or refusal_to_pay(order, actor) is not None:
        return []
    there = gateway_methods(session, order, at)
    return [method for method in there if method.gateway in gateways]


def _messages(session: Session, payments: Sequence[Payment]) -> Mapping[int, Sequence[Said]]:
    """By the payment's id. A committed message has its result."""
    if not payments:
        return {}
    rows = session.execute(
        select(
            GatewayMessage.payment_id,
            GatewayMessage.received_at,
            GatewayMessage.outcome,
            GatewayMessage.result,
        )
        .where(GatewayMessage.payment_id.in_([payment.id for payment in payments]))
        .order_by(GatewayMessage.id)
    )
    said = defaultdict[int, list[Said]](list)
    for row in rows:
        said[row.payment_id].append(
            Said(row.received_at, OUTCOMES[row.outcome], RESULTS[row.result])
        )
    return said
