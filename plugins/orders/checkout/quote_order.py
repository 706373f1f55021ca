"""Quote an order: what placing it would cost and why not, for placing, the API and the page alike.

The client's rights are judged, not those of whoever asks (H3).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from billing_panel.accounts.companies.provider_models import (
    DeliveryService,
    MethodKind,
    PaymentMethod,
)
from billing_panel.catalog.rules.eligibility_facts import Choice
from billing_panel.kernel.language.errors import Conflict, DomainError, FieldError, Invalid, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import MAX_MINOR, POINTS, Money
from plugins.orders.checkout.assess_basket import Judgement
from plugins.orders.checkout.checkout_context import Shopping


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
    return OrderQuote(judgement, refusal_to_pay(judgement, method))


def refusal_to_pay(judgement: Judgement, method: PaymentMethod) -> DomainError | None:
    """Why what ``judgement`` comes to can't be paid by ``method``; None: it can."""
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


def refuse_unless_orderable(judgement: Judgement) -> None:
    """Raises Refused ``not_orderable`` with all that stands against it."""
    if judgement.orderable:
        return
    reasons = [
        replace(reason, place=f"lines.{number}")
        for number, of_line in enumerate(judgement.reasons)
        for reason in of_line
    ]
    raise Refused(
        text("The client may not order this; see the reasons on each line."),
        code="not_orderable",
        reasons=[*reasons, *judgement.basket_reasons],
    )


def refuse_changed_price(
    judgement: Judgement, currency: str, *, total: Money | None, points: int | None
) -> None:
    """``total``, ``points``: what was shown; None: nothing. Raises Conflict ``price_changed``."""
    in_points = None if points is None else Money(points, POINTS)
    shown = (total, Money(judgement.total, currency)), (in_points, Money(judgement.points, POINTS))
    for old, new in shown:
        if old not in {None, new}:
            raise Conflict(
                text(
                    "The price has changed from %(old)s to %(new)s; check it again.",
                    old=old,
                    new=new,
                ),
                code="price_changed",
                facts={"old": old, "new": new},
            )
