"""What the API says of payments, what was given back of them, and bills."""

from datetime import date

from pydantic import Field

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.api.answer_models import Answer, Moment, MoneyAnswer, minor_seen
from billing_panel.kernel.values.actor import Actor
from invoices.document import Kind
from invoices.store.models import IssuedDocument
from plugins.orders.store.payment import (
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
    RefundTo,
)
from plugins.orders.store.plain_reading.told_orders import ToldDocument
from plugins.orders.store.visibility.order_field_visibility import (
    disputes_of,
    reference_of,
    refund_reason,
    refunded_to,
)
from plugins.orders.store.visibility.price_visibility import priced


class RefundAnswer(Answer):
    """Part of a payment, given back. ``failed_at``: the payment system could not after all.

    ``amount`` is null and ``reason`` empty where the caller may not see them.
    """

    id: int
    payment_id: int
    amount: MoneyAnswer | None
    to: RefundTo
    reason: str
    at: Moment
    failed_at: Moment | None


class DisputeAnswer(Answer):
    """The payer disputes the payment at their bank."""

    id: int
    state: DisputeState
    amount: MoneyAnswer | None
    at: Moment
    closed_at: Moment | None


class PaymentAnswer(Answer):
    """``surplus``: what the order did not need, and the balance took.

    Amounts are null and ``reference`` is empty where the caller may not see them.
    """

    id: int
    order_id: int
    method: MethodKind
    state: PaymentState
    amount: MoneyAnswer | None
    surplus: MoneyAnswer | None
    refunded: MoneyAnswer | None
    reference: str
    received_at: Moment | None
    received_on: date | None
    refunds: list[RefundAnswer]
    disputes: list[DisputeAnswer]


class BillAnswer(Answer):
    """A document of an order. ``total`` is null where the caller may not see it."""

    id: int
    kind: Kind
    number: str = Field(examples=["2000000117"])
    issued_on: date
    due_on: date
    void: bool
    total: MoneyAnswer | None


def payment_answer(payment: Payment, actor: Actor) -> PaymentAnswer:
    """Say a payment without what ``actor`` may not see."""
    return seen_payment(priced(payment, actor), actor)


def seen_payment(payment: Payment, actor: Actor) -> PaymentAnswer:
    """``payment`` as ``actor`` sees it."""
    currency = payment.currency
    return PaymentAnswer(
        id=payment.id,
        order_id=payment.order_id,
        method=payment.method,
        state=payment.state,
        amount=minor_seen(payment.amount, currency),
        surplus=minor_seen(payment.surplus, currency),
        refunded=minor_seen(payment.refunded, currency),
        reference=reference_of(payment, actor),
        received_at=payment.received_at,
        received_on=payment.received_on,
        refunds=[_refund(refund, currency, actor) for refund in payment.refunds],
        disputes=[_dispute(one, currency) for one in disputes_of(payment, actor)],
    )


def refund_answer(refund: Refund, currency: str, actor: Actor) -> RefundAnswer:
    """``currency``: the payment's."""
    return _refund(priced(refund, actor), currency, actor)


def bill_answer(document: IssuedDocument, actor: Actor) -> BillAnswer:
    """Say a document of an order without what ``actor`` may not see."""
    return seen_bill(priced(document, actor))


def seen_bill(document: IssuedDocument | ToldDocument) -> BillAnswer:
    """``document`` as the caller sees it."""
    return BillAnswer(
        id=document.id,
        kind=document.kind,
        number=document.number,
        issued_on=document.issued_on,
        due_on=document.due_on,
        void=document.is_void,
        total=minor_seen(document.total, document.currency),
    )


def _refund(refund: Refund, currency: str, actor: Actor) -> RefundAnswer:
    return RefundAnswer(
        id=refund.id,
        payment_id=refund.payment_id,
        amount=minor_seen(refund.amount, currency),
        to=refunded_to(refund, actor),
        reason=refund_reason(refund, actor),
        at=refund.at,
        failed_at=refund.failed_at,
    )


def _dispute(dispute: Dispute, currency: str) -> DisputeAnswer:
    return DisputeAnswer(
        id=dispute.id,
        state=dispute.state,
        amount=minor_seen(dispute.amount, currency),
        at=dispute.heard_at,
        closed_at=dispute.closed_at,
    )
