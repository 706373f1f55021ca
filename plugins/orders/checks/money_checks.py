"""Invariants of orders' money: cost, payments, debt, earnings and refunds."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Subquery, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.orders.settlement.ledger.earnings import EARNED
from plugins.orders.store.models import Order, OrderLine, number_of
from plugins.orders.store.order_sums import OrderTax
from plugins.orders.store.payment import Payment, PaymentState, Refund

Sum = InstrumentedAttribute[int]


def paid(session: Session) -> Iterator[Text]:
    """What an order says of its payments is what they sum to, money and points apart."""
    received = _payments()
    pairs: dict[Sum, Any] = {
        Order.paid: received.c.paid,
        Order.paid_points: received.c.paid_points,
        Order.refunded: received.c.refunded,
        Order.refunded_points: received.c.refunded_points,
        Order.surplus: received.c.surplus,
    }
    yield from _compared(session, received, pairs)


def earned(session: Session) -> Iterator[Text]:
    """What the ledger has of an order is what the order says: debts, earnings, tax, points."""
    booked = _booked()
    pairs: dict[Any, Any] = {
        Order.owed: booked.c.owed,
        Order.written_off: booked.c.written_off,
        Order.earnings: booked.c.earned,
        Order.taxed: booked.c.taxed,
        Order.paid_points: booked.c.paid_points,
        Order.earned: booked.c.earned_points,
    }
    yield from _compared(session, booked, pairs)


def bounds(session: Session) -> Iterator[Text]:
    """Nothing is paid, owed or taxed below zero, or beyond what the order comes to."""
    tax = select(func.coalesce(func.sum(OrderTax.tax), 0)).filter_by(order_id=Order.id)
    all_earned = Order.earnings
    within = and_(
        Order.owed >= 0,
        Order.written_off >= 0,
        Order.paid >= 0,
        all_earned <= Order.total,
        Order.paid_points.between(0, Order.points),
        Order.taxed >= 0,
        Order.taxed <= all_earned,
        Order.taxed <= tax.scalar_subquery(),
        Order.earned >= 0,
    )
    for order in session.scalars(select(Order).where(~within).order_by(Order.id)):
        yield text(
            "Order %(order)s totals %(total)s: %(paid)s is paid, %(owed)s owed,"
            " and %(tax)s of that is tax.",
            order=order.number,
            total=Money(order.total, order.currency),
            paid=Money(order.paid, order.currency),
            owed=Money(order.owed, order.currency),
            tax=Money(order.taxed, order.currency),
        )


def debts(session: Session) -> Iterator[Text]:
    """What a client owes is what their orders say they owe, and what they owed when they came."""
    came_with = case((LedgerEntry.subject_kind == "client", Posting.amount), else_=0)
    accounts = (
        select(LedgerAccount, func.coalesce(func.sum(came_with), 0).label("opening"))
        .outerjoin(Posting, Posting.account_id == LedgerAccount.id)
        .outerjoin(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(LedgerAccount.kind == AccountKind.RECEIVABLE)
        .group_by(LedgerAccount.id)
        .subquery()
    )
    of_orders = (
        select(Order.client_id, Order.provider_id, func.sum(Order.owed).label("owed"))
        .group_by(Order.client_id, Order.provider_id)
        .subquery()
    )
    owed = func.coalesce(of_orders.c.owed, 0)
    stands = accounts.c.opening - accounts.c.balance
    pair = and_(
        of_orders.c.client_id == accounts.c.client_id,
        of_orders.c.provider_id == accounts.c.provider_id,
    )
    rows = session.execute(
        select(accounts.c.client_id, accounts.c.currency, stands, owed)
        .outerjoin(of_orders, pair)
        .where(stands != owed)
        .order_by(accounts.c.id)
    )
    for client, currency, debt, by_orders in rows:
        yield text(
            "Client %(client)s owes %(debt)s for orders, but the orders say %(owed)s.",
            client=client,
            debt=Money(int(debt), currency),
            owed=Money(int(by_orders), currency),
        )


def refunds(session: Session) -> Iterator[Text]:
    """What was given back of a payment is the sum of its refunds, and not more than it paid."""
    given = func.coalesce(func.sum(Refund.amount), 0)
    came_in = Payment.state == PaymentState.RECEIVED
    rows = session.execute(
        select(Payment.id, Payment.currency, Payment.amount, Payment.surplus, Payment.refunded)
        .add_columns(given)
        .outerjoin(Refund, and_(Refund.payment_id == Payment.id, Refund.failed_at.is_(None)))
        .group_by(Payment.id)
        .having(
            or_(
                Payment.refunded != given,
                Payment.surplus < 0,
                Payment.surplus + Payment.refunded > Payment.amount,
                and_(~came_in, Payment.surplus + Payment.refunded != 0),
            )
        )
        .order_by(Payment.id)
    )
    for payment, currency, amount, surplus, refunded, sum_ in rows:
        yield text(
            "Payment %(payment)s of %(amount)s (%(surplus)s too much) says"
            " %(refunded)s was refunded, but its refunds add up to %(sum)s.",
            payment=payment,
            amount=Money(amount, currency),
            surplus=Money(surplus, currency),
            refunded=Money(refunded, currency),
            sum=Money(int(sum_), currency),
        )


def totals(session: Session) -> Iterator[Text]:
    """The total is the sum of the rates; what they are taken of is the lines and the delivery."""
    taxes = (
        select(OrderTax.order_id, func.sum(OrderTax.base).label("base"))
        .add_columns(func.sum(OrderTax.tax).label("tax"))
        .group_by(OrderTax.order_id)
        .subquery()
    )
    lines = (
        select(OrderLine.order_id, func.sum(OrderLine.amount).label("amount"))
        .add_columns(func.sum(OrderLine.points).label("points"))
        .group_by(OrderLine.order_id)
        .subquery()
    )
    base, tax = func.coalesce(taxes.c.base, 0), func.coalesce(taxes.c.tax, 0)
    goods = func.coalesce(lines.c.amount, 0) + Order.delivery
    to_pay = case((Order.taxes_inside, goods), else_=goods + tax)
    rows = session.execute(
        select(Order, to_pay, base + tax, lines.c.points)
        .outerjoin(taxes, taxes.c.order_id == Order.id)
        .outerjoin(lines, lines.c.order_id == Order.id)
        .where(
            or_(
                Order.total != base + tax,
                Order.total != to_pay,
                Order.points != func.coalesce(lines.c.points, 0),
            )
        )
        .order_by(Order.id)
    )
    for order, of_lines, of_rates, points in rows:
        yield text(
            "Order %(order)s comes to %(total)s and %(points)s points, but its"
            " lines make %(lines)s and %(of_lines)s points, and its tax rates"
            " %(rates)s.",
            order=order.number,
            total=Money(order.total, order.currency),
            points=order.points,
            lines=Money(int(of_lines), order.currency),
            of_lines=int(points or 0),
            rates=Money(int(of_rates), order.currency),
        )


def _compared(session: Session, found: Subquery, pairs: dict[Any, Any]) -> Iterator[Text]:
    """Each sum of an order against what was found of it, by ``order_id``."""
    sums = [(said, func.coalesce(other, 0)) for said, other in pairs.items()]
    rows = session.execute(
        select(Order.id, *(column for pair in sums for column in pair))
        .outerjoin(found, found.c.order_id == Order.id)
        .where(or_(*(said != other for said, other in sums)))
        .order_by(Order.id)
    )
    for order_id, *values in rows:
        for column, said, other in zip(pairs.values(), values[::2], values[1::2], strict=True):
            if said != other:
                yield text(
                    "Order %(order)s: %(what)s is recorded as %(said)s, but comes to %(sum)s.",
                    order=number_of(order_id),
                    said=said,
                    what=column.name,
                    sum=int(other),
                )


def _payments() -> Subquery:
    in_points = Payment.currency == POINTS
    rest = Payment.amount - Payment.surplus - Payment.refunded

    def money(amount: Any) -> Any:
        return func.sum(case((in_points, 0), else_=amount))

    def points(amount: Any) -> Any:
        return func.sum(case((in_points, amount), else_=0))

    return (
        select(
            Payment.order_id,
            money(rest).label("paid"),
            points(rest).label("paid_points"),
            money(Payment.refunded).label("refunded"),
            points(Payment.refunded).label("refunded_points"),
            money(Payment.surplus).label("surplus"),
        )
        .where(Payment.state == PaymentState.RECEIVED)
        .group_by(Payment.order_id)
        .subquery()
    )


def _booked() -> Subquery:
    """Sums of the postings of entries whose subject is the order."""
    kind, own = LedgerAccount.kind, LedgerAccount.client_id.is_(None)
    of_points = LedgerEntry.kind.in_([EntryKind.POINTS_EARNED, EntryKind.POINTS_LOST])

    def on(condition: Any) -> Any:
        return func.sum(case((condition, Posting.amount), else_=0))

    return (
        select(
            LedgerEntry.subject_id.label("order_id"),
            (-on(kind == AccountKind.RECEIVABLE)).label("owed"),
            (-on(kind == AccountKind.BAD_DEBT)).label("written_off"),
            on(kind.in_(EARNED)).label("earned"),
            on(kind == AccountKind.TAX).label("taxed"),
            on(and_(kind == AccountKind.POINTS, own, ~of_points)).label("paid_points"),
            on(and_(kind == AccountKind.POINTS, ~own, of_points)).label("earned_points"),
        )
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerEntry.subject_kind == "order")
        .group_by(LedgerEntry.subject_id)
        .subquery()
    )


def rates(session: Session) -> Iterator[Text]:
    """Of an order that has earned all it comes to, the books have each tax as the order has it.

    Those whose postings of earlier releases tell no tax are left out, and what is called off.
    """
    has, net, tax = _by_tax()
    all_of_it = (
        select(func.sum(has.c.net + has.c.tax))
        .where(has.c.order_id == Order.id)
        .correlate(Order)
        .scalar_subquery()
    )
    not_told = (
        select(LedgerEntry.subject_id)
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(
            LedgerEntry.subject_kind == "order",
            LedgerEntry.subject_id == Order.id,
            LedgerAccount.kind.in_(EARNED),
            Posting.tax_category.is_(None),
        )
    )
    same = and_(
        has.c.order_id == OrderTax.order_id,
        has.c.category == OrderTax.category,
        has.c.percent == OrderTax.percent,
        has.c.place == OrderTax.place,
    )
    rows = session.execute(
        select(Order.id, Order.currency, OrderTax.percent, OrderTax.base, OrderTax.tax, net, tax)
        .join(OrderTax, OrderTax.order_id == Order.id)
        .outerjoin(has, same)
        .where(
            Order.earnings == Order.total,
            all_of_it == Order.total,
            func.coalesce(Order.kept, 0) == 0,
            or_(OrderTax.base != net, OrderTax.tax != tax),
            ~not_told.exists(),
        )
        .order_by(Order.id)
    )
    for order_id, currency, percent, base, own, booked, booked_tax in rows:
        yield text(
            "Order %(order)s comes to %(base)s and %(tax)s of tax at %(percent)s %%, but the books"
            " have %(booked)s and %(booked_tax)s.",
            order=number_of(order_id),
            percent=percent,
            base=Money(base, currency),
            tax=Money(own, currency),
            booked=Money(int(booked), currency),
            booked_tax=Money(int(booked_tax), currency),
        )


def _by_tax() -> tuple[Subquery, Any, Any]:
    """Sums of what orders have earned, by tax; then without tax, and the tax."""
    is_tax = LedgerAccount.kind == AccountKind.TAX
    has = (
        select(
            LedgerEntry.subject_id.label("order_id"),
            Posting.tax_category.label("category"),
            Posting.tax_percent.label("percent"),
            Posting.tax_place.label("place"),
            func.sum(case((is_tax, 0), else_=Posting.amount)).label("net"),
            func.sum(case((is_tax, Posting.amount), else_=0)).label("tax"),
        )
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerEntry.subject_kind == "order", LedgerAccount.kind.in_(EARNED))
        .group_by(
            LedgerEntry.subject_id, Posting.tax_category, Posting.tax_percent, Posting.tax_place
        )
        .subquery()
    )
    return has, func.coalesce(has.c.net, 0), func.coalesce(has.c.tax, 0)


def deferred(session: Session) -> Iterator[Text]:
    """No more of an order is deferred than it has earned, and nothing below zero."""
    sums = func.sum(case((LedgerAccount.kind == AccountKind.DEFERRED, Posting.amount), else_=0))
    rows = session.execute(
        select(Order.id, Order.currency, sums)
        .join(LedgerEntry, LedgerEntry.subject_id == Order.id)
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(LedgerEntry.subject_kind == "order")
        .group_by(Order.id)
        .having(or_(sums < 0, sums > Order.earnings - Order.taxed))
        .order_by(Order.id)
    )
    for order_id, currency, sum_ in rows:
        yield text(
            "Order %(order)s has %(sum)s of deferred revenue, which it can’t have.",
            order=number_of(order_id),
            sum=Money(int(sum_), currency),
        )


MONEY_CHECKS = (
    Check("orders.rates", rates),
    Check("orders.deferred", deferred),
    Check("orders.paid", paid),
    Check("orders.earned", earned),
    Check("orders.bounds", bounds),
    Check("orders.debts", debts),
    Check("orders.refunds", refunds),
    Check("orders.totals", totals),
)
