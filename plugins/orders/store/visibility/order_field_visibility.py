"""What a reader is shown of an order, apart from its sums (``price_visibility``)."""

from collections.abc import Mapping, Sequence

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Dispute, Payment, Refund, RefundTo
from plugins.orders.store.versions.workflow_store import language_of_order


def disputes_of(payment: Payment, actor: Actor) -> Sequence[Dispute]:
    """Only what a payment system carried out is disputed there; clients see what came of it."""
    return payment.disputes if payment.gateway and sees(actor, Fact.DISPUTE) else ()


def refunded_to(refund: Refund, actor: Actor) -> RefundTo:
    """A lost dispute gave the money back where it came from; that is all a client reads of it."""
    of_dispute = refund.to is RefundTo.DISPUTE
    return RefundTo.METHOD if of_dispute and not sees(actor, Fact.DISPUTE) else refund.to


def reference_of(payment: Payment, actor: Actor) -> str:
    """What staff wrote down to find the payment by."""
    return payment.reference if sees(actor, Fact.STAFF) else ""


def fields_of(order: Order, actor: Actor) -> Mapping[str, str]:
    """What was written down on the order's way, as far as ``actor`` reads it."""
    if sees(actor, Fact.STAFF):
        return order.fields
    known = language_of_order(order).vocabulary.fields
    shown = {name for name, field in known.items() if field.for_clients}
    return {name: value for name, value in order.fields.items() if name in shown}


def refund_reason(refund: Refund, actor: Actor) -> str:
    """What staff wrote when they gave money back is theirs."""
    return refund.reason if sees(actor, Fact.STAFF) else ""
