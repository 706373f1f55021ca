"""Who sees what orders cost, and an order for everyone else: without a single amount.

What shows an order to somebody, a page, the API or the command line, shows it ``priced`` for them.
A template or a row of JSON that forgets to ask finds None there, which is written as a dash.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from billing_panel.kernel.language.errors import DomainError, Reason
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.language.text_with_guarded_fact import Guarded
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money, show
from invoices.store.models import IssuedDocument
from permissions.guard import allows
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.order_sums import OrderTax
from plugins.orders.store.payment import Dispute, Payment, Refund
from plugins.orders.store.plain_reading.told_orders import (
    ToldDocument,
    ToldLine,
    ToldOrder,
    ToldTax,
)

T = TypeVar("T")
HIDDEN = "\N{EM DASH}"

# who moves the money of orders has to know how much it is
SEEING = (
    OrdersFunction.PRICE_READ,
    OrdersFunction.ORDER_PAY,
    OrdersFunction.PAYMENT_RECORD,
    OrdersFunction.PRICE_RAISE,
    OrdersFunction.LINE_EDIT,
    PanelFunction.PAYMENT_REFUND,
)
_OF_ROWS: Mapping[type, frozenset[str]] = {
    Order: frozenset(
        {
            "claimed",
            "claimed_points",
            "claimed_tax",
            "delivery",
            "discount",
            "earned",
            "earnings",
            "goods",
            "kept",
            "kept_points",
            "kept_tax",
            "left",
            "left_points",
            "needed",
            "needed_points",
            "owed",
            "paid",
            "paid_points",
            "points",
            "promo_discount",
            "refunded",
            "refunded_points",
            "surplus",
            "tax",
            "taxed",
            "total",
            "written_off",
        }
    ),
    OrderLine: frozenset(
        {"amount", "discount", "points", "promo_discount", "setup_fee", "unit_price"}
    ),
    OrderTax: frozenset({"base", "tax"}),
    Payment: frozenset({"amount", "refundable", "refunded", "sum", "surplus"}),
    Refund: frozenset({"amount"}),
    Dispute: frozenset({"amount"}),
    IssuedDocument: frozenset({"content", "total"}),
}
_TOLD = {ToldOrder: Order, ToldLine: OrderLine, ToldTax: OrderTax, ToldDocument: IssuedDocument}
AMOUNTS = {**_OF_ROWS, **{told: _OF_ROWS[row] for told, row in _TOLD.items()}}


def sees_prices(actor: Actor) -> bool:
    """Whether ``actor`` sees what orders cost (``docs/rights.md``)."""
    return allows(actor, *SEEING)


def priced(row: T, actor: Actor) -> T:
    """An order, a row of one, or a list of them, as ``actor`` sees it.

    Where they may not see prices, its amounts are None.
    """
    return row if sees_prices(actor) else cast("T", _without(row))


def without_sums(said: Text, actor: Actor) -> Text:
    """What is said of an order, with a dash for every sum where ``actor`` may not see it."""
    return said if sees_prices(actor) else _dashed(said)


def _dashed(said: Text) -> Text:
    values = {
        name: HIDDEN
        if isinstance(value, Money)
        else _dashed(value)
        if isinstance(value, Text)
        else value
        for name, value in said.values.items()
    }
    if isinstance(said, Guarded) and said.full is not None:
        return replace(said, values=values, full=_dashed(said.full))
    return replace(said, values=values)


def reasons_without_sums(reasons: Iterable[Reason], actor: Actor) -> tuple[Reason, ...]:
    """``reasons`` as ``actor`` may be told them."""
    return tuple(
        replace(
            one,
            message=without_sums(one.message, actor),
            remedy=without_sums(one.remedy, actor),
        )
        for one in reasons
    )


@contextmanager
def telling(actor: Actor) -> Iterator[None]:
    """What is refused meanwhile names no sums that ``actor`` may not see."""
    try:
        yield
    except DomainError as refusal:
        refusal.message = without_sums(refusal.message, actor)
        refusal.reasons = reasons_without_sums(refusal.reasons, actor)
        raise


class _Unpriced:
    """A row of the database; what hangs on it is without its amounts too."""

    def __init__(self, row: object) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        if name in AMOUNTS[type(self._row)]:
            return None
        return _without(getattr(self._row, name))


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(one) for one in value]
    return _Unpriced(value) if type(value) in AMOUNTS else value


def sum_said(amount: Money | None, language: str) -> str:
    """A sum, or points; a dash for None, which is not for whoever asks."""
    if amount is None:
        return HIDDEN
    unit = " points" if amount.currency == POINTS else ""
    return f"{show(amount, language)}{unit}"
