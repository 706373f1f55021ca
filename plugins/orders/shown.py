"""What of an order's payments somebody is shown beside their sums, which ``prices`` knows."""

from collections.abc import Sequence

from billing_panel.accounts.facts import sees
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.guarded import Fact
from plugins.orders.payment import Dispute, Payment, Refund


def disputes_of(payment: Payment, actor: Actor) -> Sequence[Dispute]:
    """Only what a payment system carried out is disputed there; clients see what came of it."""
    return payment.disputes if payment.gateway and sees(actor, Fact.DISPUTE) else ()


def refund_reason(refund: Refund, actor: Actor) -> str:
    """What staff wrote when they gave money back is theirs."""
    return refund.reason if sees(actor, Fact.STAFF) else ""
