"""Quote an order: what placing it would cost and why not, for placing, the API and the page alike.

The client's rights are judged, not those of whoever asks (H3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from billing_panel.accounts.firms.providers import DeliveryService, MethodKind, PaymentMethod
from billing_panel.catalog.rules.facts import Choice
from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import MAX_MINOR
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.shopping import Shopping


@dataclass(frozen=True)
class OrderQuote:
    """``judgement``: reasons and sums; ``refusal``: why it can't be paid by the method, or None.

    What may not be ordered at all has its reasons in ``judgement``, and no ``refusal``.
    """

    judgement: Judgement
    refusal: DomainError | None = None


def quote_order(
    shopping: Shopping,
    choices: Sequence[Choice],
    *,
    method: PaymentMethod | None,
    service: DeliveryService | None,
) -> OrderQuote:
    """Quote ``choices`` for the client of ``shopping``. ``method`` None: not chosen yet.

    The refusal is Invalid ``method_not_for_money`` or Refused ``total_too_large``.
    """
    judgement = shopping.judge(choices, method=method, delivery=service)
    if method is None or not judgement.orderable:
        return OrderQuote(judgement)
    return OrderQuote(judgement, _refusal_to_pay(judgement, method))


def _refusal_to_pay(judgement: Judgement, method: PaymentMethod) -> DomainError | None:
    if judgement.total and method.kind is MethodKind.POINTS:
        message = text(
            "Points can only pay for lines priced in points; choose a method for the money."
        )
        return Invalid([FieldError("payment_method", "method_not_for_money", message)])
    # what a discount takes off again is written down too
    goods = sum(quoted.goods for quoted in judgement.quotes)
    if max(goods, judgement.total, judgement.points) > MAX_MINOR:
        return Refused(
            text("The total is too large; order less at a time."), code="total_too_large"
        )
    return None
