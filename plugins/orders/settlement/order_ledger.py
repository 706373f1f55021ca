"""What orders do in the ledger: a debt is opened, lifted or paid; money comes in and goes back.

1. Money is earned, and its tax with it, when it is paid or becomes owed, whichever comes first: an
   order has earned ``paid + owed`` of its total.
2. What is paid lowers the debt first; what the order does not need goes to the client's balance.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import MethodKind
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.actions import post
from billing_panel.ledger.entries import AccountKind, AccountName, EntryKind, Happened, Movement
from billing_panel.ledger.models import LedgerEntry, reversal_key
from billing_panel.ledger.queries import standing
from plugins.orders.settlement.claim import Claim
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change
from plugins.orders.store.payment import Dispute, Payment, PaymentState, Refund, RefundTo
from plugins.orders.store.sums import points_for, points_kept, tax_within

RECEIVED_IN = {
    MethodKind.BANK_TRANSFER: AccountKind.BANK,
    MethodKind.CASH: AccountKind.CASH,
    MethodKind.CASH_ON_DELIVERY: AccountKind.CASH,
    MethodKind.CARD_AT_DESK: AccountKind.CARD,
    MethodKind.CARD_GATEWAY: AccountKind.CARD,
}
# what a client pays out of what they have with the provider; it goes back there and nowhere else
HELD_IN = {MethodKind.BALANCE: AccountKind.BALANCE, MethodKind.POINTS: AccountKind.POINTS}

# who pays several orders at once pays a few times what this one costs, not a hundred times
MOST_TIMES = 50


@dataclass(frozen=True)
class Paying:
    """``amount`` in minor units of what the method pays in, None: all that is left, points too."""

    method: MethodKind
    amount: int | None = None
    reference: str = ""


def open_debt(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """What is left to pay becomes a debt of the client."""
    if order.left > order.owed:
        owe(session, order, order.left - order.owed, actor=actor, at=at)


def owe(session: Session, order: Order, more: int, *, actor: Actor, at: datetime) -> None:
    """``more`` of what is left to pay becomes a debt of the client."""
    movements = [_of_client(order, AccountKind.RECEIVABLE, -more), *_earn(order, more)]
    order.owed += more
    happened = _happened(order, EntryKind.OWED, f"owed:{order.id}:{order.version}:{order.owed}")
    post(session, happened, movements, actor=actor, at=at)


def stays_owed(order: Order, claim: Claim) -> int:
    """What of the debt stays when only ``claim`` is asked for; what goodwill left out stays out."""
    return min(order.owed, max(claim.total - order.paid, 0))


def call_off(
    session: Session, order: Order, claim: Claim, *, lost: bool, actor: Actor, at: datetime
) -> None:
    """Only ``claim`` of the order is asked for from now on; the rest is owed no more.

    ``lost``: the order is, or will be with this step.
    """
    if lost:
        order.kept, order.kept_tax, order.kept_points = claim.total, claim.tax, claim.points
    less = order.owed - stays_owed(order, claim)
    movements = [
        *_moved(_of_client(order, AccountKind.RECEIVABLE, less)),
        *_earn(order, -less),
    ]
    order.owed -= less
    if movements:
        happened = _happened(order, EntryKind.DEBT_LIFTED, f"lifted:{order.id}:{order.version}")
        post(session, happened, movements, actor=actor, at=at)


def pay(
    session: Session, order: Order, paying: Paying, *, actor: Actor, at: datetime
) -> Sequence[Payment]:
    """What was paid by ``paying``, money and points apart.

    Raises Refused ``insufficient_funds``, ``more_than_left``, ``already_paid``,
    ``amount_too_large``.
    """
    payments = list(_payments(order, paying, actor, at))
    if not payments:
        raise _already_paid()
    for payment in payments:
        order.payments.append(payment)
        receive(session, order, payment, actor=actor, at=at)
    return payments


def receive(
    session: Session, order: Order, payment: Payment, *, actor: Actor, at: datetime
) -> None:
    """The payment has come in; an order that is lost and owes nothing needs none of it."""
    payment.state, payment.received_at = PaymentState.RECEIVED, at
    in_points = payment.currency == POINTS
    left = order.needed_points if in_points else order.needed
    used = min(payment.amount, left)
    payment.surplus = payment.amount - used
    session.flush()
    movements = [
        _source(order, payment.method, -payment.amount),
        *_used(order, used, in_points=in_points),
        *_moved(_of_client(order, AccountKind.BALANCE, payment.surplus)),
    ]
    happened = _happened(order, EntryKind.PAID, f"payment:{payment.id}")
    post(session, happened, movements, actor=actor, at=at)
    if in_points:
        order.paid_points += used
    else:
        order.owed -= min(used, order.owed)
        order.paid += used
        order.surplus += payment.surplus
    note_change(session, "payment.received", order, _facts(payment, payment.amount), actor, at)
    _earn_points(session, order, f"points_earned:{payment.id}", actor=actor, at=at)


def give_back(
    session: Session,
    order: Order,
    payment: Payment,
    amount: int,
    to: RefundTo,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> Refund:
    """``amount`` of the payment, at most what is refundable of it."""
    refund = Refund(amount=amount, to=to, reason=reason, at=at, user_id=actor.user_id)
    payment.refunds.append(refund)
    payment.refunded += amount
    session.flush()
    target = payment.method if to is RefundTo.METHOD else MethodKind.BALANCE
    happened = _happened(order, EntryKind.REFUNDED, f"refund:{refund.id}", reason)
    if payment.currency == POINTS:
        back = [
            _of_client(order, AccountKind.POINTS, amount),
            _own(order, AccountKind.POINTS, -amount),
        ]
        order.paid_points -= amount
        order.refunded_points += amount
    else:
        back = [_source(order, target, amount), *_earn(order, -amount)]
        order.paid -= amount
        order.refunded += amount
    post(session, happened, back, actor=actor, at=at)
    facts = {**_facts(payment, amount), "to": to.value}
    words = {"reason": reason} if reason else None
    note_change(session, "payment.refunded", order, facts, actor, at, words)
    if payment.currency != POINTS:
        _lose_points(session, order, refund, actor=actor, at=at)
    return refund


def keep_after_all(
    session: Session, order: Order, payment: Payment, refund: Refund, *, actor: Actor, at: datetime
) -> None:
    """``refund`` of the payment failed: its entry is reversed, and it pays the order as before.

    What the order does not need any more, since it was paid once more or is lost, goes to the
    balance.
    """
    given = session.scalars(select(LedgerEntry).filter_by(key=f"refund:{refund.id}")).one()
    # of what the client has of a lost order it pays what it paid before
    needed = max(order.left, 0) if order.is_kept_in_part else order.needed
    used = min(refund.amount, needed)
    rest = refund.amount - used
    movements = [
        _source(order, payment.method, -refund.amount),
        *_used(order, used, in_points=False),
        *_moved(_of_client(order, AccountKind.BALANCE, rest)),
    ]
    post(
        session,
        _happened(order, EntryKind.REVERSED, reversal_key(given.id)),
        movements,
        actor=actor,
        at=at,
    )
    refund.failed_at = at
    payment.refunded -= refund.amount
    payment.surplus += rest
    order.owed -= min(used, order.owed)
    order.paid += used
    order.refunded -= refund.amount
    order.surplus += rest
    facts = {**_facts(payment, refund.amount), "refund": refund.id}
    note_change(session, "refund.failed", order, facts, actor, at)
    _earn_points(session, order, f"points_earned:refund:{refund.id}", actor=actor, at=at)


def charge_back(
    session: Session,
    order: Order,
    payment: Payment,
    dispute: Dispute,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """The payment system has taken the sum of a lost dispute back.

    First what of the payment pays the order, which owes it again if it was owed before or something
    was delivered; then what went to the client's balance, as far as that goes. The rest is a loss.
    """
    of_order = min(dispute.amount, payment.refundable)
    held = standing(session, order.client_id, order.provider_id).balance
    of_balance = min(dispute.amount - of_order, max(held, 0))
    loss = dispute.amount - of_order - of_balance
    movements = [
        _source(order, payment.method, dispute.amount),
        *_earn(order, -of_order),
        *_moved(_of_client(order, AccountKind.BALANCE, -of_balance)),
        *_moved(_own(order, AccountKind.WRITE_OFF, -loss)),
    ]
    happened = _happened(order, EntryKind.CHARGED_BACK, f"charged_back:{dispute.id}")
    post(session, happened, movements, actor=actor, at=at)
    dispute.taken_at = at
    order.paid -= of_order
    order.refunded += of_order
    payment.refunded += of_order
    facts = {**_facts(payment, dispute.amount), "of_balance": of_balance, "loss": loss}
    note_change(session, "payment.dispute_lost", order, facts, actor, at)
    if of_order:
        taken = Refund(amount=of_order, to=RefundTo.DISPUTE, reason="", at=at, sent_at=at)
        payment.refunds.append(taken)
        session.flush()
        _lose_points(session, order, taken, actor=actor, at=at)
        if _was_owed(session, order):
            owe(session, order, of_order, actor=actor, at=at)
            # its bill falls due anew
            order.told_due = None


def return_payments(
    session: Session, order: Order, claim: Claim, *, actor: Actor, at: datetime
) -> None:
    """What was paid beyond ``claim`` goes back to the client's balance and points, newest first."""
    too_much = {POINTS: order.paid_points - claim.points, order.currency: order.paid - claim.total}
    newest_first = [*order.payments][::-1]
    for payment in sorted(newest_first, key=lambda one: one.currency == POINTS):
        back = min(payment.refundable, too_much[payment.currency])
        if back > 0:
            too_much[payment.currency] -= back
            give_back(
                session, order, payment, back, RefundTo.BALANCE, reason="", actor=actor, at=at
            )


def put_on_balance(order: Order) -> int:
    """What the client's balance has got by the order so far: surpluses, and what was given back."""
    in_money = [payment for payment in order.payments if payment.currency != POINTS]
    return order.surplus + sum(
        refund.amount
        for payment in in_money
        for refund in payment.refunds
        if refund.to is RefundTo.BALANCE
        or (refund.to is RefundTo.METHOD and payment.method is MethodKind.BALANCE)
    )


def _refuse_slip(amount: int, order: Order) -> None:
    """Raises Refused ``amount_too_large``: a slip of the pen is no credit."""
    most = Money(order.total * MOST_TIMES, order.currency)
    if amount > most.minor:
        raise Refused(
            text(
                "A payment for this order can be at most %(most)s; credit the rest to the balance.",
                most=most,
            ),
            code="amount_too_large",
        )


def _payments(order: Order, paying: Paying, actor: Actor, at: datetime) -> Iterator[Payment]:
    amount, points = _asked(order, paying)
    if paying.method is MethodKind.BALANCE:
        _refuse_more(amount, Money(order.needed, order.currency))
    _refuse_more(points, Money(order.needed_points, POINTS))
    _refuse_slip(amount, order)
    if amount > 0:
        yield _payment(order, paying, paying.method, Money(amount, order.currency), actor, at)
    if points > 0:
        yield _payment(order, paying, MethodKind.POINTS, Money(points, POINTS), actor, at)


def _was_owed(session: Session, order: Order) -> bool:
    """Something of it was delivered, or it became owed and was not called off since."""
    if any(line.delivered_at for line in order.lines):
        return True
    of_debt = LedgerEntry.kind.in_([EntryKind.OWED, EntryKind.DEBT_LIFTED])
    entries = select(LedgerEntry.kind).filter_by(subject_kind="order", subject_id=order.id)
    last = session.scalar(entries.where(of_debt).order_by(LedgerEntry.id.desc()).limit(1))
    return last is EntryKind.OWED


def _already_paid() -> Refused:
    return Refused(text("Nothing is left to pay."), code="already_paid")


def _asked(order: Order, paying: Paying) -> tuple[int, int]:
    """How much is to be paid in money, and in points."""
    if paying.method is MethodKind.POINTS:
        return 0, order.needed_points if paying.amount is None else paying.amount
    if paying.amount is None:
        return order.needed, order.needed_points
    return paying.amount, 0


def _refuse_more(asked: int, left: Money) -> None:
    """Raises Refused ``already_paid``, ``more_than_left``.

    What the client has with the provider stays there.
    """
    if asked and not left:
        raise _already_paid()
    if asked > left.minor:
        raise Refused(
            text("Only %(left)s is left to pay; pay that or less.", left=left),
            code="more_than_left",
        )


def _payment(
    order: Order, paying: Paying, method: MethodKind, sum_: Money, actor: Actor, at: datetime
) -> Payment:
    return Payment(
        order_id=order.id,
        method=method,
        currency=sum_.currency,
        amount=sum_.minor,
        surplus=0,
        refunded=0,
        state=PaymentState.BEGUN,
        reference=paying.reference,
        begun_at=at,
        user_id=actor.user_id,
    )


def _used(order: Order, used: int, *, in_points: bool) -> Iterator[Movement]:
    """What is owed gets less; what is not is earned."""
    if in_points:
        yield from _moved(_own(order, AccountKind.POINTS, used))
        return
    of_debt = min(used, order.owed)
    yield from _moved(_of_client(order, AccountKind.RECEIVABLE, of_debt))
    yield from _earn(order, used - of_debt)


def _earn(order: Order, amount: int) -> Iterator[Movement]:
    """``amount`` more of the order is earned, or less; what of it is tax is the state's."""
    tax_now = tax_within(order.paid + order.owed + amount, order.claimed, order.claimed_tax)
    tax = tax_now - order.taxed
    order.taxed = tax_now
    yield from _moved(_own(order, AccountKind.REVENUE, amount - tax))
    yield from _moved(_own(order, AccountKind.TAX, tax))


def _earn_points(session: Session, order: Order, key: str, *, actor: Actor, at: datetime) -> None:
    """When all is paid, by the provider's rule (D5)."""
    per_point = order.provider.points_for
    if not per_point or order.left > 0 or order.left_points > 0:
        return
    more = points_for(order.paid, per_point) - order.earned
    if more > 0:
        order.earned += more
        happened = _happened(order, EntryKind.POINTS_EARNED, key)
        _move_points(session, order, happened, more, actor=actor, at=at)


def _lose_points(
    session: Session, order: Order, refund: Refund, *, actor: Actor, at: datetime
) -> None:
    """Points earned go with the money given back, as far as they are not spent."""
    less = order.earned - points_kept(order.earned, order.paid + refund.amount, order.paid)
    held = standing(session, order.client_id, order.provider_id).points
    if lost := min(less, max(held, 0)):
        # what is spent stays earned, or paying once more would earn it again
        order.earned -= lost
        happened = _happened(order, EntryKind.POINTS_LOST, f"points_lost:{refund.id}")
        _move_points(session, order, happened, -lost, actor=actor, at=at)


def _move_points(
    session: Session, order: Order, happened: Happened, points: int, *, actor: Actor, at: datetime
) -> None:
    movements = [
        _of_client(order, AccountKind.POINTS, points),
        _own(order, AccountKind.POINTS, -points),
    ]
    post(session, happened, movements, actor=actor, at=at)


def _facts(payment: Payment, amount: int) -> dict[str, object]:
    return {
        "payment": payment.id,
        "method": payment.method.value,
        "amount": amount,
        "currency": payment.currency,
    }


def _happened(order: Order, kind: EntryKind, key: str, reason: str = "") -> Happened:
    return Happened(kind, key, ("order", order.id), reason)


def _source(order: Order, method: MethodKind, amount: int) -> Movement:
    """Where money of ``method`` comes from, or goes."""
    if method in HELD_IN:
        return _of_client(order, HELD_IN[method], amount)
    return _own(order, RECEIVED_IN[method], amount)


def _of_client(order: Order, kind: AccountKind, amount: int) -> Movement:
    return Movement(
        AccountName(order.provider_id, kind, _currency(order, kind), order.client_id), amount
    )


def _own(order: Order, kind: AccountKind, amount: int) -> Movement:
    return Movement(AccountName(order.provider_id, kind, _currency(order, kind)), amount)


def _currency(order: Order, kind: AccountKind) -> str:
    return POINTS if kind is AccountKind.POINTS else order.currency


def _moved(movement: Movement) -> Iterator[Movement]:
    """Unless it moves nothing."""
    if movement.amount:
        yield movement
