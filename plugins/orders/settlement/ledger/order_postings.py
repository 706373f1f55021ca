"""The postings of orders: where money of a method stands, what is earned, and the points it earns.

Money is earned, and its tax with it, when it is paid or becomes owed, whichever comes first: an
order has earned ``paid + owed`` of its total.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import MethodKind
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.entries import AccountKind, AccountName, EntryKind, Happened, Movement
from billing_panel.ledger.post_entries import post
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, Refund
from plugins.orders.store.sum_rules import points_for, points_kept

RECEIVED_IN = {
    MethodKind.BANK_TRANSFER: AccountKind.BANK,
    MethodKind.CASH: AccountKind.CASH,
    MethodKind.CASH_ON_DELIVERY: AccountKind.CASH,
    MethodKind.CARD_AT_DESK: AccountKind.CARD,
    MethodKind.CARD_GATEWAY: AccountKind.CARD,
}
# what a client pays out of what they have with the provider; it goes back there and nowhere else
HELD_IN = {MethodKind.BALANCE: AccountKind.BALANCE, MethodKind.POINTS: AccountKind.POINTS}


def happened(order: Order, kind: EntryKind, key: str, reason: str = "") -> Happened:
    """An entry about the order; ``key``: it is written once."""
    return Happened(kind, key, ("order", order.id), reason)


def from_method(order: Order, method: MethodKind, sum_: Money) -> Iterator[Movement]:
    """``sum_`` comes to where money of ``method`` comes from; below zero it leaves there."""
    if method in HELD_IN:
        yield from of_client(order, HELD_IN[method], sum_)
    else:
        yield from of_provider(order, RECEIVED_IN[method], sum_)


def of_client(order: Order, kind: AccountKind, sum_: Money) -> Iterator[Movement]:
    """On an account of the order's client; nothing where nothing moves."""
    if sum_:
        name = AccountName(order.provider_id, kind, sum_.currency, order.client_id)
        yield Movement(name, sum_.minor)


def of_provider(order: Order, kind: AccountKind, sum_: Money) -> Iterator[Movement]:
    """On an account of the provider's own; nothing where nothing moves."""
    if sum_:
        yield Movement(AccountName(order.provider_id, kind, sum_.currency), sum_.minor)


def used(order: Order, sum_: Money) -> Iterator[Movement]:
    """``sum_`` pays the order: what is owed gets less, and what was not owed is earned."""
    if sum_.currency == POINTS:
        yield from of_provider(order, AccountKind.POINTS, sum_)
        return
    of_debt = order.money(min(sum_.minor, order.owed))
    yield from of_client(order, AccountKind.RECEIVABLE, of_debt)
    yield from earned(order, sum_ - of_debt)


def earned(order: Order, sum_: Money) -> Iterator[Movement]:
    """``sum_`` more of the order is earned, or less; what of it is tax is the state's."""
    tax = order.set_tax_apart(sum_)
    yield from of_provider(order, AccountKind.REVENUE, sum_ - tax)
    yield from of_provider(order, AccountKind.TAX, tax)


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
    return {
        "payment": payment.id,
        "method": payment.method.value,
        "amount": sum_.minor,
        "currency": payment.currency,
    }


def _move_points(
    session: Session, order: Order, what: Happened, points: int, *, actor: Actor, at: datetime
) -> None:
    movements = [
        *of_client(order, AccountKind.POINTS, Money(points, POINTS)),
        *of_provider(order, AccountKind.POINTS, Money(-points, POINTS)),
    ]
    post(session, what, movements, actor=actor, at=at)
