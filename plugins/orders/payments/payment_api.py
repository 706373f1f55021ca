"""The API of payments: paying an order, refunding a payment, giving up one."""

from typing import Literal

from pydantic import Field, StrictBool, StrictStr

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.request_bodies import AmountBody, VersionedBody, amount_in
from billing_panel.kernel.values.money import POINTS
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.order_json import current_told
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.payments.refund_payment import RefundPayment, refund_payment
from plugins.orders.settlement.payment_json import (
    PaymentAnswer,
    RefundAnswer,
    payment_answer,
    refund_answer,
)
from plugins.orders.store.find_orders import find_order, find_payment
from plugins.orders.store.models import Order

api = Api("orders_payment_api", "Payments")


class PaymentBody(VersionedBody):
    """``method`` by its key. No ``amount``: all that is left.

    ``received_on``: staff say on which day the money came; empty: today. ``accept_duplicate``:
    record it though another transfer has the same reference.
    """

    method: StrictStr = Field(max_length=64)
    amount: AmountBody | None = None
    reference: StrictStr = Field(default="", max_length=140)
    received_on: StrictStr = Field(default="", max_length=10, examples=["2026-11-30"])
    accept_duplicate: StrictBool = False


class RefundBody(VersionedBody):
    """No ``amount``: all of the payment that is left."""

    to: Literal["balance", "method"]
    reason: StrictStr
    amount: AmountBody | None = None


class GiveUpBody(VersionedBody):
    """Staff give a ``reason``."""

    reason: StrictStr = ""


class PaidAnswer(PaymentAnswer):
    """``also``: those in points that were paid by the same request, where there are some."""

    also: list[PaymentAnswer] = Field(default=[], exclude_if=lambda also: not also)


@api.post(
    "/orders/<bigid:order_id>/payments",
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.ORDER_PAY,
    status=201,
    example={"method": "bank_transfer", "amount": "12.50", "reference": "2000000117"},
    errors={
        409: ("transition_refused",),
        422: (
            "already_paid",
            "insufficient_funds",
            "more_than_left",
            "amount_too_large",
            "invalid_amount",
            "too_many_parts",
            "future_day",
            "month_closed",
            "duplicate_reference",
        ),
    },
)
def post_payment(call: Call[PaymentBody], order_id: int) -> PaidAnswer:
    """Pays the order, whole or in part; what it does not need goes to the balance."""
    body = call.body
    order = find_order(call.session, call.actor, order_id)
    amount = amount_in(_paid_in(order, body.method), body.amount, "amount")
    command = body.into(PayOrder, order_id=order_id, amount=amount, version=call.version)
    with current_told(call, order_id):
        paid = pay_order(call.session, command, actor=call.actor, clock=call.panel.clock)
    first, *also = [payment_answer(payment, call.actor) for payment in paid]
    return PaidAnswer(**dict(first), also=also)


@api.post(
    "/payments/<bigid:payment_id>/refunds",
    PanelFunction.PAYMENT_REFUND,
    status=201,
    example={"to": "balance", "reason": "Paid twice", "amount": "12.50"},
    errors={
        409: ("transition_refused",),
        422: ("nothing_to_refund", "invalid_amount", "too_many_parts"),
    },
)
def post_refund(call: Call[RefundBody], payment_id: int) -> RefundAnswer:
    """Refunds a payment, or part of it, to the balance or by the method it came by."""
    body = call.body
    payment = find_payment(call.session, call.actor, payment_id)
    amount = amount_in(payment.currency, body.amount, "amount")
    command = body.into(RefundPayment, payment_id=payment_id, amount=amount, version=call.version)
    with current_told(call, payment.order_id):
        refund = refund_payment(call.session, command, actor=call.actor, clock=call.panel.clock)
    return refund_answer(refund, payment.currency, call.actor)


@api.post(
    "/payments/<bigid:payment_id>/give-up",
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.ORDER_PAY,
    example={"reason": "The client pays by bank transfer instead"},
    errors={409: ("nothing_to_give_up",)},
)
def post_give_up(call: Call[GiveUpBody], payment_id: int) -> PaymentAnswer:
    """Stops waiting for a payment at a payment system.

    If it is paid there after all, it is taken.
    """
    payment = find_payment(call.session, call.actor, payment_id)
    command = call.body.into(GiveUpPayment, payment_id=payment_id, version=call.version)
    with current_told(call, payment.order_id):
        given_up = give_up_payment(call.session, command, actor=call.actor, clock=call.panel.clock)
    return payment_answer(given_up, call.actor)


def _paid_in(order: Order, method: str) -> str:
    """The currency a method pays in."""
    kinds = {known.key: known.kind for known in order.provider.payment_methods}
    return POINTS if kinds.get(method) is MethodKind.POINTS else order.currency
