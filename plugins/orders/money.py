"""What orders do in the ledger: a debt is opened, lifted or paid; money comes in and goes back."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import MethodKind
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import Refused
from billing_panel.kernel.money import POINTS, Money
from billing_panel.kernel.text import text
from billing_panel.ledger.actions import post
from billing_panel.ledger.entries import AccountKind, AccountName, Movement
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.queries import standing
from plugins.orders.models import Order

RECEIVED_IN = {
    MethodKind.BANK_TRANSFER: AccountKind.BANK,
    MethodKind.CASH: AccountKind.CASH,
    MethodKind.CASH_ON_DELIVERY: AccountKind.CASH,
    MethodKind.CARD_AT_DESK: AccountKind.CARD,
    MethodKind.CARD_GATEWAY: AccountKind.CARD,
}


def open_debt(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """What is left to pay becomes a debt of the client, once."""
    debt = _debt(session, order)
    if order.left <= 0 or debt.is_open:
        return
    movements = [
        Movement(_of_client(order, AccountKind.RECEIVABLE), -order.left),
        Movement(_own(order, AccountKind.REVENUE), order.left),
    ]
    post(session, debt.next.key, movements, reason="order is owed", actor=actor, at=at)


def lift_debt(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """The debt that ``open_debt`` made is taken back, as far as it is not paid."""
    debt = _debt(session, order)
    if order.left <= 0 or not debt.is_open:
        return
    movements = [
        Movement(_of_client(order, AccountKind.RECEIVABLE), order.left),
        Movement(_own(order, AccountKind.REVENUE), -order.left),
    ]
    post(session, debt.lifted, movements, reason="debt is lifted", actor=actor, at=at)


def take_payment(
    session: Session, order: Order, method: MethodKind, *, actor: Actor, at: datetime
) -> None:
    """Record what is left to pay as received by ``method``. Raises Refused ``insufficient_funds``.

    Points are taken from the client's points whatever the method.
    """
    if order.left_points > 0:
        _take_points(session, order, actor=actor, at=at)
    if order.left > 0:
        _take_money(session, order, method, actor=actor, at=at)


def return_payments(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """What was paid goes back to the client's balance and points; he owes it no more either."""
    movements = []
    if order.paid:
        movements += [
            Movement(_paid_into(session, order), -order.paid),
            Movement(_of_client(order, AccountKind.BALANCE), order.paid),
        ]
    if order.paid_points:
        movements += [
            Movement(_own(order, AccountKind.POINTS, POINTS), -order.paid_points),
            Movement(_of_client(order, AccountKind.POINTS, POINTS), order.paid_points),
        ]
    if not movements:
        return
    key = f"returned:{order.id}:{order.version}"
    post(session, key, movements, reason="order is called off", actor=actor, at=at)
    order.paid = order.paid_points = 0
    lift_debt(session, order, actor=actor, at=at)


def _take_money(
    session: Session, order: Order, method: MethodKind, *, actor: Actor, at: datetime
) -> None:
    if method is MethodKind.BALANCE:
        held = standing(session, order.client_id, order.provider_id).balance
        if held < order.left:
            raise _too_little(Money(held, order.currency), Money(order.left, order.currency))
        source = _of_client(order, AccountKind.BALANCE)
    else:
        source = _own(order, RECEIVED_IN[method])
    movements = [Movement(source, -order.left), Movement(_paid_into(session, order), order.left)]
    key = f"paid:{order.id}:{order.version}"
    post(session, key, movements, reason="order is paid", actor=actor, at=at)
    order.paid += order.left


def _paid_into(session: Session, order: Order) -> AccountName:
    """What is owed gets less; what is not is earned."""
    if _debt(session, order).is_open:
        return _of_client(order, AccountKind.RECEIVABLE)
    return _own(order, AccountKind.REVENUE)


def _take_points(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    held = standing(session, order.client_id, order.provider_id).points
    if held < order.left_points:
        raise _too_little(Money(held, POINTS), Money(order.left_points, POINTS))
    movements = [
        Movement(_of_client(order, AccountKind.POINTS, POINTS), -order.left_points),
        Movement(_own(order, AccountKind.POINTS, POINTS), order.left_points),
    ]
    key = f"paid_points:{order.id}:{order.version}"
    post(session, key, movements, reason="order is paid", actor=actor, at=at)
    order.paid_points += order.left_points


def _too_little(held: Money, needed: Money) -> Refused:
    message = text("There are %(held)s; %(needed)s are needed.", held=held, needed=needed)
    return Refused(message, code="insufficient_funds")


@dataclass(frozen=True)
class _Debt:
    """The ``number``-th time that the order is owed; what is left of it is what is left to pay."""

    order_id: int
    number: int
    is_open: bool

    @property
    def key(self) -> str:
        return f"debt:{self.order_id}" + (f":{self.number}" if self.number > 1 else "")

    @property
    def lifted(self) -> str:
        return f"un{self.key}"

    @property
    def next(self) -> "_Debt":
        return replace(self, number=self.number + 1, is_open=True)


def _debt(session: Session, order: Order) -> _Debt:
    """As it is now. A debt that was lifted may be opened again, as another."""
    debt = _Debt(order.id, 0, is_open=False)
    while True:
        later = debt.next
        found = select(LedgerEntry.key).where(LedgerEntry.key.in_([later.key, later.lifted]))
        written = set(session.scalars(found))
        if later.key not in written:
            return debt
        debt = replace(later, is_open=later.lifted not in written)
        if debt.is_open:
            return debt


def _of_client(order: Order, kind: AccountKind, currency: str | None = None) -> AccountName:
    return AccountName(order.provider_id, kind, currency or order.currency, order.client_id)


def _own(order: Order, kind: AccountKind, currency: str | None = None) -> AccountName:
    return AccountName(order.provider_id, kind, currency or order.currency)
