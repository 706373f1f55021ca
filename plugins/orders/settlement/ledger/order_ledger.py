"""What orders do in the ledger: a debt is opened or lifted, and money comes in.

What is paid lowers the debt first; what the order does not need goes to the client's balance.
What goes back stands in ``refund_ledger``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.double_entry import AccountKind, EntryKind, Movement
from billing_panel.ledger.post_entries import post
from plugins.orders.settlement.ledger.bad_debts import expect_again, expect_paid
from plugins.orders.settlement.ledger.month_releases import (
    book_months_since,
    catch_up,
    months_since,
    together,
)
from plugins.orders.settlement.ledger.order_postings import (
    earn_points,
    earned,
    facts_of_payment,
    from_method,
    happened,
    of_client,
    used,
)
from plugins.orders.settlement.line_shares_and_tax import Claim
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change
from plugins.orders.store.order_search import index_payment
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.store.plain_reading.order_to_change import add_payment

# who pays several orders at once pays a few times what this one costs, not a hundred times
MOST_TIMES = 50


@dataclass(frozen=True)
class PaymentToTake:
    """``amount`` in what the method pays in; None: all that is left, points too.

    ``received_on``: the value date; None: it comes in now.
    """

    method: MethodKind
    amount: Money | None = None
    reference: str = ""
    received_on: date | None = None


def open_debt(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """What is left to pay becomes a debt of the client, once."""
    more = order.left - order.owed - order.written_off
    if more > 0:
        catch_up(session, order, actor=actor, at=at)
        owe(session, order, order.money(more), actor=actor, at=at)


def owe(session: Session, order: Order, more: Money, *, actor: Actor, at: datetime) -> None:
    """``more`` of what is left to pay becomes a debt of the client; months over are booked."""
    movements = [*of_client(order, AccountKind.RECEIVABLE, -more), *earned(order, more, at)]
    order.owe(more)
    key = f"owed:{order.id}:{order.version}:{order.owed}"
    post(session, happened(order, EntryKind.OWED, key), movements, actor=actor, at=at)


@dataclass(frozen=True)
class Difference:
    """What the debt changed by with the sums of its order, and the postings of that."""

    more: Money
    movements: Sequence[Movement]


def difference(order: Order, more: Money, at: datetime) -> Difference:
    """The order, of which nothing is paid, comes to ``more`` than it did; below zero to less.

    Where it is owed for, the debt follows at once, before anything is flushed; the books are
    written by ``post_difference``, after the bill (``lock_sequence``).
    """
    if not order.owed:
        return Difference(order.money(0), ())
    more = order.money(max(more.minor, -order.owed))
    movements = (*of_client(order, AccountKind.RECEIVABLE, -more), *earned(order, more, at))
    order.owe(more)
    return Difference(more, movements)


def post_difference(
    session: Session, order: Order, changed: Difference, *, actor: Actor, at: datetime
) -> None:
    """Into the books, where anything moved: a debt that stays may carry another tax."""
    if changed.movements:
        kind = EntryKind.DEBT_LIFTED if changed.more.minor < 0 else EntryKind.OWED
        what = happened(order, kind, f"edited:{order.id}:{order.version}")
        post(session, what, changed.movements, actor=actor, at=at)


def tell_taxes_apart(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """What it has earned is told apart by the taxes it has now, which have changed."""
    if movements := [*earned(order, order.money(0), at)]:
        what = happened(order, EntryKind.OWED, f"apart:{order.id}:{order.version}")
        post(session, what, movements, actor=actor, at=at)


def stays_owed(order: Order, claim: Claim) -> Money:
    """What of the debt stays when only ``claim`` is asked for; what goodwill left out stays out."""
    return order.money(min(order.owed, max(claim.total - order.paid, 0)))


def call_off(
    session: Session, order: Order, claim: Claim, *, lost: bool, actor: Actor, at: datetime
) -> None:
    """Only ``claim`` of the order is asked for from now on; the rest is owed no more.

    ``lost``: the order is, or will be with this step.
    """
    catch_up(session, order, actor=actor, at=at)
    expect_again(session, order, order.money(order.written_off), actor=actor, at=at)
    if lost:
        order.keep(claim.total, claim.tax, claim.points)
    less = order.money(order.owed) - stays_owed(order, claim)
    movements = [*of_client(order, AccountKind.RECEIVABLE, less), *earned(order, -less, at)]
    order.owe_less(less)
    if movements:
        what = happened(order, EntryKind.DEBT_LIFTED, f"lifted:{order.id}:{order.version}")
        post(session, what, movements, actor=actor, at=at)


def pay(
    session: Session, order: Order, wanted: PaymentToTake, *, actor: Actor, at: datetime
) -> Sequence[Payment]:
    """The payments made: one in money, one in points, or both.

    Raises Refused ``insufficient_funds``, ``more_than_left``, ``already_paid``,
    ``amount_too_large``.
    """
    payments = [*_payments(order, wanted, actor, at)]
    if not payments:
        raise _already_paid()
    for payment in payments:
        receive(session, order, payment, actor=actor, at=at)
        index_payment(session, order, payment)
    return payments


def receive(
    session: Session, order: Order, payment: Payment, *, actor: Actor, at: datetime
) -> None:
    """The payment has come in; an order that is lost and owes nothing needs none of it."""
    left = order.needed_in(payment.currency)
    of_order = Money(min(payment.amount, left.minor), payment.currency)
    surplus = payment.sum - of_order
    payment.receive(of_order, at)
    if inspect(payment).transient:
        add_payment(session, order, payment)
    else:
        session.flush()
    catch_up(session, order, actor=actor, at=at)
    expect_paid(session, order, of_order, payment.received_on, actor=actor, at=at)
    later = months_since(order, of_order, payment.received_on, at)
    movements = [
        *from_method(order, payment.method, -payment.sum),
        *used(order, of_order, at, together(later)),
        *of_client(order, AccountKind.BALANCE, surplus),
    ]
    what = happened(order, EntryKind.PAID, f"payment:{payment.id}", day=payment.received_on)
    post(session, what, movements, actor=actor, at=at)
    book_months_since(session, order, later, payment.id, actor=actor, at=at)
    order.take_payment(of_order, surplus)
    facts = facts_of_payment(payment, payment.sum)
    note_change(session, "payment.received", order, facts, actor, at)
    earn_points(session, order, f"points_earned:{payment.id}", actor=actor, at=at)


def _payments(order: Order, wanted: PaymentToTake, actor: Actor, at: datetime) -> Iterator[Payment]:
    in_money, in_points = _asked(order, wanted)
    if wanted.method is MethodKind.BALANCE:
        _refuse_more(in_money, order.needed_in(order.currency))
    _refuse_more(in_points, order.needed_in(POINTS))
    _refuse_slip(in_money, order)
    if in_money.minor > 0:
        yield _payment(order, wanted, wanted.method, in_money, actor, at)
    if in_points.minor > 0:
        yield _payment(order, wanted, MethodKind.POINTS, in_points, actor, at)


def _asked(order: Order, wanted: PaymentToTake) -> tuple[Money, Money]:
    """How much is to be paid in money, and in points."""
    nothing, no_points = order.money(0), Money(0, POINTS)
    if wanted.method is MethodKind.POINTS:
        return nothing, order.needed_in(POINTS) if wanted.amount is None else wanted.amount
    if wanted.amount is None:
        return order.needed_in(order.currency), order.needed_in(POINTS)
    return wanted.amount, no_points


def _refuse_more(asked: Money, left: Money) -> None:
    """What the client has with the provider stays there.

    Raises Refused ``already_paid``, ``more_than_left``.
    """
    if asked and not left:
        raise _already_paid()
    if (asked - left).minor > 0:
        raise Refused(
            text("Only %(left)s is left to pay; pay that or less.", left=left),
            code="more_than_left",
        )


def _refuse_slip(amount: Money, order: Order) -> None:
    """Raises Refused ``amount_too_large``: a slip of the pen is no credit."""
    most = order.money(order.total * MOST_TIMES)
    if (amount - most).minor > 0:
        raise Refused(
            text(
                "A payment for this order can be at most %(most)s; credit the rest to the balance.",
                most=most,
            ),
            code="amount_too_large",
        )


def _already_paid() -> Refused:
    return Refused(text("Nothing is left to pay."), code="already_paid")


def _payment(
    order: Order, wanted: PaymentToTake, method: MethodKind, sum_: Money, actor: Actor, at: datetime
) -> Payment:
    return Payment(
        order_id=order.id,
        method=method,
        currency=sum_.currency,
        amount=sum_.minor,
        surplus=0,
        refunded=0,
        state=PaymentState.BEGUN,
        reference=wanted.reference,
        begun_at=at,
        received_on=wanted.received_on,
        user_id=actor.user_id,
    )
