"""The postings of orders: where money of a method stands, what is earned, and the points it earns.

Money is earned, and its tax with it, when it is paid or becomes owed, whichever comes first: an
order has earned ``paid + owed + written_off`` of its total (``earnings``). Of that, what is paid
ahead for periods is deferred (``earnings``).
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy.orm import Session, object_session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.post_entries import post
from billing_panel.tax.supply import SupplyTax
from plugins.orders.settlement.ledger.earnings import (
    Booked,
    booked,
    last_month_end,
    to_be_booked,
)
from plugins.orders.store.models import Order
from plugins.orders.store.order_sum_rules import points_for, points_kept
from plugins.orders.store.payment import Payment, Refund

RECEIVED_IN = {
    MethodKind.BANK_TRANSFER: AccountKind.BANK,
    MethodKind.CASH: AccountKind.CASH,
    # the courier has it until it is paid out (M14)
    MethodKind.CASH_ON_DELIVERY: AccountKind.COURIER,
    MethodKind.CARD_AT_DESK: AccountKind.CARD,
    MethodKind.CARD_GATEWAY: AccountKind.CARD,
}
# a courier takes nothing back to the client
GIVEN_FROM = {**RECEIVED_IN, MethodKind.CASH_ON_DELIVERY: AccountKind.CASH}
# what a client pays out of what they have with the provider; it goes back there and nowhere else
HELD_IN = {MethodKind.BALANCE: AccountKind.BALANCE, MethodKind.POINTS: AccountKind.POINTS}


def happened(
    order: Order, kind: EntryKind, key: str, reason: str = "", day: date | None = None
) -> Happened:
    """An entry about the order; ``key``: it is written once; ``day``: its value date."""
    return Happened(kind, key, ("order", order.id), reason, day)


def from_method(order: Order, method: MethodKind, sum_: Money) -> Iterator[Movement]:
    """``sum_`` comes to where money of ``method`` comes from; below zero it leaves there."""
    if method in HELD_IN:
        yield from of_client(order, HELD_IN[method], sum_)
    else:
        places = RECEIVED_IN if sum_.minor < 0 else GIVEN_FROM
        yield from of_provider(order, places[method], sum_)


def of_client(order: Order, kind: AccountKind, sum_: Money) -> Iterator[Movement]:
    """On an account of the order's client; nothing where nothing moves."""
    if sum_:
        name = AccountName(order.provider_id, kind, sum_.currency, order.client_id)
        yield Movement(name, sum_.minor)


def of_provider(
    order: Order, kind: AccountKind, sum_: Money, levied: SupplyTax | None = None
) -> Iterator[Movement]:
    """On an account of the provider's own; nothing where nothing moves. ``levied``: its tax."""
    if sum_:
        yield Movement(AccountName(order.provider_id, kind, sum_.currency), sum_.minor, levied)


def used(
    order: Order, sum_: Money, at: datetime, later: Booked | None = None
) -> Iterator[Movement]:
    """``sum_`` pays the order: what is owed gets less, and what was not owed is earned.

    ``later``: what of it is booked apart, as months have it that ended since it came.
    """
    if sum_.currency == POINTS:
        yield from of_provider(order, AccountKind.POINTS, sum_)
        return
    of_debt = order.money(min(sum_.minor, order.owed))
    yield from of_client(order, AccountKind.RECEIVABLE, of_debt)
    if (rest := sum_ - of_debt) or not order.is_tax_apart:
        yield from earned(order, rest, at, later=later)


def earned(
    order: Order,
    sum_: Money,
    at: datetime,
    as_of: date | None = None,
    later: Booked | None = None,
) -> Iterator[Movement]:
    """``sum_`` more of the order is earned, or less; what of it is tax is the state's.

    By the taxes of the order, so that the books have each what it comes to; nothing more where they
    change alone. ``as_of``: by the end of which day what was supplied counts; None: by that of the
    month before ``at``. ``later``: what is booked apart.
    """
    session = object_session(order)
    assert session is not None  # noqa: S101 (an order that has an id belongs to one)
    is_new = order.earnings == order.taxed == 0
    with session.no_autoflush:
        before: Booked = Counter() if is_new else booked(session, order)
    order.set_tax_apart(sum_)
    gross = order.earnings + sum_.minor
    as_of = as_of or last_month_end(at, order.provider.timezone)
    change = to_be_booked(order, gross, as_of)
    change.subtract(before)
    change.subtract(later or {})
    yield from moved(order, change)


def moved(order: Order, change: Booked) -> Iterator[Movement]:
    """``change`` of what is earned, by account and tax."""
    for kind, levied in sorted(change, key=str):
        yield from of_provider(order, kind, order.money(change[kind, levied]), levied)


def earn_points(session: Session, order: Order, key: str, *, actor: Actor, at: datetime) -> None:
    """Where all is paid, the client earns points by the provider's rule (D5)."""
    per_point = order.provider.points_for
    if not per_point or order.left > 0 or order.left_points > 0:
        return
    more = points_for(order.paid, per_point) - order.earned
    if more > 0:
        order.earn_points(more)
        what = happened(order, EntryKind.POINTS_EARNED, key)
        _move_points(session, order, what, more, actor=actor, at=at)


def lose_points(
    session: Session, order: Order, refund: Refund, *, actor: Actor, at: datetime
) -> None:
    """Points earned go with the money given back, as far as they are not spent."""
    less = order.earned - points_kept(order.earned, order.paid + refund.amount, order.paid)
    held = standing(session, order.client_id, order.provider_id).points
    if lost := min(less, max(held, 0)):
        # what is spent stays earned, or paying once more would earn it again
        order.earn_points(-lost)
        what = happened(order, EntryKind.POINTS_LOST, f"points_lost:{refund.id}")
        _move_points(session, order, what, -lost, actor=actor, at=at)


def facts_of_payment(payment: Payment, sum_: Money) -> dict[str, object]:
    """What the log says of ``sum_`` of a payment."""
    dated = {"received_on": payment.received_on.isoformat()} if payment.received_on else {}
    return {
        "payment": payment.id,
        "method": payment.method.value,
        "amount": sum_.minor,
        "currency": payment.currency,
        **dated,
    }


def _move_points(
    session: Session, order: Order, what: Happened, points: int, *, actor: Actor, at: datetime
) -> None:
    movements = [
        *of_client(order, AccountKind.POINTS, Money(points, POINTS)),
        *of_provider(order, AccountKind.POINTS, Money(-points, POINTS)),
    ]
    post(session, what, movements, actor=actor, at=at)
