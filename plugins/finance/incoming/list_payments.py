"""Payments of orders as plain rows: received, waiting and failed ones, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from operator import eq, ge, gt, lt
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing_panel.accounts.access.client_search import clients_found
from billing_panel.accounts.companies.provider_models import MethodKind, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import Money
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.models import Order, id_of_number, number_of
from plugins.orders.store.payment import Payment, PaymentState

MOST_SUMMED = 100_000
MOST_CLIENTS = 50


class Standing(StrEnum):
    """How a payment stands, as a cashier asks."""

    RECEIVED = "received"
    WAITING = "waiting"
    FAILED = "failed"


STATES: Mapping[Standing, frozenset[PaymentState]] = {
    Standing.RECEIVED: frozenset({PaymentState.RECEIVED}),
    Standing.WAITING: frozenset({PaymentState.BEGUN, PaymentState.IN_REVIEW}),
    Standing.FAILED: frozenset({PaymentState.FAILED, PaymentState.GIVEN_UP}),
}
TITLES: Mapping[Standing, Text] = {
    Standing.RECEIVED: text("Received"),
    Standing.WAITING: text("Waiting"),
    Standing.FAILED: text("Failed"),
}


# what came in with the same words, to the same provider
_other = aliased(Payment)
_other_order = aliased(Order)
IS_TWICE = and_(
    Payment.reference != "",
    Payment.state == PaymentState.RECEIVED,
    exists()
    .where(
        _other.reference == Payment.reference,
        _other.id != Payment.id,
        _other.state == PaymentState.RECEIVED,
        _other_order.id == _other.order_id,
        _other_order.provider_id == Order.provider_id,
    )
    .correlate(Payment, Order),
)


@dataclass(frozen=True)
class PaymentFilter:
    """None and empty: whatever it is. ``provider``: a key; ``query``: an order's number, words of a
    reference or of a client's name.

    ``since`` and ``until``: days in ``zone``, both within it. ``before``: ids below it, newest
    first; ``after``: the next ids above it. ``twice``: those whose reference another has too.
    """

    standing: Standing | None = None
    method: MethodKind | None = None
    provider: str = ""
    query: str = ""
    since: date | None = None
    until: date | None = None
    zone: str = "UTC"
    before: int | None = None
    after: int | None = None
    twice: bool = False


@dataclass(frozen=True)
class PaymentRow:
    """``at``: when it was received, before that when it was begun, where the provider is.

    ``is_twice``: another payment received by the provider has the same reference.
    """

    id: int
    at: datetime
    provider: str
    client: str
    client_id: int
    order_id: int
    method: MethodKind
    standing: Standing
    reference: str
    amount: Money
    refunded: Money
    is_twice: bool = False

    @property
    def number(self) -> str:
        return number_of(self.order_id)


@dataclass(frozen=True)
class PaymentSum:
    """How many payments stand so, and what they come to."""

    standing: Standing
    number: int
    sum: Money


def listed_payments(
    session: Session, actor: Actor, shown: PaymentFilter, limit: int
) -> Sequence[PaymentRow]:
    """At most ``limit``, newest first. Raises FunctionNotHeld."""
    upwards = shown.after is not None
    found = _selected(session, actor, shown).add_columns(IS_TWICE.label("is_twice"))
    rows = session.execute(
        found.order_by(Payment.id if upwards else Payment.id.desc()).limit(limit)
    ).all()
    return [_row(row) for row in (reversed(rows) if upwards else rows)]


def payment_sums(
    session: Session, actor: Actor, shown: PaymentFilter
) -> Sequence[PaymentSum] | None:
    """Of all that is shown, whatever page; None: that is more than ``MOST_SUMMED``.

    Raises FunctionNotHeld.
    """
    every = _selected(session, actor, replace(shown, before=None, after=None))
    part = every.limit(MOST_SUMMED + 1).subquery()
    rows = session.execute(
        select(part.c.state, part.c.currency, func.count(), func.sum(part.c.amount)).group_by(
            part.c.state, part.c.currency
        )
    ).all()
    if sum(row[2] for row in rows) > MOST_SUMMED:
        return None
    sums: dict[tuple[Standing, str], tuple[int, int]] = {}
    for state, currency, number, minor in rows:
        key = _standing(PaymentState(state)), currency
        before = sums.get(key, (0, 0))
        sums[key] = before[0] + number, before[1] + int(minor)
    return [
        PaymentSum(standing, number, Money(minor, currency))
        for (standing, currency), (number, minor) in sorted(sums.items())
    ]


def _selected(session: Session, actor: Actor, shown: PaymentFilter) -> Select[*tuple[Any, ...]]:
    require(actor, FinanceFunction.PAYMENT_READ)
    at = func.coalesce(Payment.received_at, Payment.begun_at)
    found = (
        select(
            *(Payment.id, Payment.received_at, Payment.begun_at, Payment.method, Payment.state),
            *(Payment.reference, Payment.currency, Payment.amount, Payment.refunded),
            *(Order.id.label("order_id"), Client.id.label("client_id"), Client.name),
            *(Provider.key, Provider.timezone),
        )
        .join(Order, Order.id == Payment.order_id)
        .join(Client, Client.id == Order.client_id)
        .join(Provider, Provider.id == Order.provider_id)
        .where(own_orders(actor))
    )
    conditions = (
        (Payment.method, eq, shown.method),
        (Provider.key, eq, shown.provider or None),
        (at, ge, _midnight(shown.since, shown.zone)),
        (at, lt, _midnight(shown.until and shown.until + timedelta(days=1), shown.zone)),
        (Payment.id, lt, shown.before),
        (Payment.id, gt, shown.after),
    )
    found = found.where(
        *(compare(column, value) for column, compare, value in conditions if value is not None)
    )
    if shown.standing is not None:
        found = found.where(Payment.state.in_(STATES[shown.standing]))
    if shown.query:
        found = found.where(_has_words(session, shown.query, actor))
    return found.where(IS_TWICE) if shown.twice else found


def _row(row: Any) -> PaymentRow:
    return PaymentRow(
        row.id,
        (row.received_at or row.begun_at).astimezone(ZoneInfo(row.timezone)),
        row.key,
        row.name,
        row.client_id,
        row.order_id,
        row.method,
        _standing(row.state),
        row.reference,
        Money(row.amount, row.currency),
        Money(row.refunded, row.currency),
        row.is_twice,
    )


def _standing(state: PaymentState) -> Standing:
    return next(one for one, states in STATES.items() if state in states)


def _has_words(session: Session, query: str, actor: Actor) -> ColumnElement[bool]:
    in_words = Payment.reference.icontains(query, autoescape=True)
    outside = Payment.outside == query
    clients = clients_found(session, query, actor, Page(MOST_CLIENTS))
    of_clients = Order.client_id.in_(clients)
    return or_(in_words, outside, of_clients, Order.id == id_of_number(query))


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), ZoneInfo(zone))
