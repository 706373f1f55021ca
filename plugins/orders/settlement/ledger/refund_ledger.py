"""What goes back of payments: by hand, when an order is called off, or after a lost dispute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.client_standing import standing
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerEntry, reversal_key
from billing_panel.ledger.post_entries import post
from plugins.orders.settlement.ledger.bad_debts import expect_paid
from plugins.orders.settlement.ledger.month_releases import catch_up
from plugins.orders.settlement.ledger.order_ledger import owe
from plugins.orders.settlement.ledger.order_postings import (
    earn_points,
    earned,
    facts_of_payment,
    from_method,
    happened,
    lose_points,
    of_client,
    of_provider,
    used,
)
from plugins.orders.settlement.line_shares_and_tax import Claim
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change
from plugins.orders.store.payment import Dispute, Payment, Refund, RefundTo


@dataclass(frozen=True)
class RefundToMake:
    """``amount`` of a payment, at most what is refundable of it, in what it was paid in."""

    amount: Money
    to: RefundTo
    reason: str = ""


def give_back(
    session: Session,
    order: Order,
    payment: Payment,
    wanted: RefundToMake,
    *,
    actor: Actor,
    at: datetime,
) -> Refund:
    """The refund made: points go back as points, money to the balance or where it came from."""
    catch_up(session, order, actor=actor, at=at)
    amount = wanted.amount
    refund = Refund(
        amount=amount.minor, to=wanted.to, reason=wanted.reason, at=at, user_id=actor.user_id
    )
    payment.refunds.append(refund)
    payment.give_back(amount)
    session.flush()
    in_points = amount.currency == POINTS
    back = [
        *from_method(order, _target(payment, wanted.to), amount),
        *(
            of_provider(order, AccountKind.POINTS, -amount)
            if in_points
            else earned(order, -amount, at)
        ),
    ]
    order.give_back(amount)
    what = happened(order, EntryKind.REFUNDED, f"refund:{refund.id}", wanted.reason)
    post(session, what, back, actor=actor, at=at)
    facts = {**facts_of_payment(payment, amount), "to": wanted.to.value}
    words = {"reason": wanted.reason} if wanted.reason else None
    note_change(session, "payment.refunded", order, facts, actor, at, words)
    if not in_points:
        lose_points(session, order, refund, actor=actor, at=at)
    return refund


def _target(payment: Payment, to: RefundTo) -> MethodKind:
    by_method = to is RefundTo.METHOD or payment.currency == POINTS
    return payment.method if by_method else MethodKind.BALANCE


def keep_after_all(
    session: Session, order: Order, payment: Payment, refund: Refund, *, actor: Actor, at: datetime
) -> None:
    """``refund`` of the payment failed: its entry is reversed, and it pays the order as before.

    What the order does not need any more, since it was paid once more or is lost, goes to the
    balance.
    """
    catch_up(session, order, actor=actor, at=at)
    given = session.scalars(select(LedgerEntry).filter_by(key=f"refund:{refund.id}")).one()
    back = Money(refund.amount, payment.currency)
    # of what the client has of a lost order it pays what it paid before
    needed = max(order.left, 0) if order.is_kept_in_part else order.needed
    of_order = order.money(min(refund.amount, needed))
    rest = back - of_order
    expect_paid(session, order, of_order, None, actor=actor, at=at)
    movements = [
        *from_method(order, payment.method, -back),
        *used(order, of_order, at),
        *of_client(order, AccountKind.BALANCE, rest),
    ]
    what = happened(order, EntryKind.REVERSED, reversal_key(given.id))
    post(session, what, movements, actor=actor, at=at)
    refund.failed_at = at
    payment.keep_after_all(of_order, rest)
    order.keep_after_all(of_order, rest)
    facts = {**facts_of_payment(payment, back), "refund": refund.id}
    note_change(session, "refund.failed", order, facts, actor, at)
    earn_points(session, order, f"points_earned:refund:{refund.id}", actor=actor, at=at)


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
    catch_up(session, order, actor=actor, at=at)
    taken = order.money(dispute.amount)
    of_order = order.money(min(dispute.amount, payment.refundable))
    held = standing(session, order.client_id, order.provider_id).balance
    of_balance = order.money(min((taken - of_order).minor, max(held, 0)))
    loss = taken - of_order - of_balance
    movements = [
        *from_method(order, payment.method, taken),
        *earned(order, -of_order, at),
        *of_client(order, AccountKind.BALANCE, -of_balance),
        *of_provider(order, AccountKind.WRITE_OFF, -loss),
    ]
    what = happened(order, EntryKind.CHARGED_BACK, f"charged_back:{dispute.id}")
    post(session, what, movements, actor=actor, at=at)
    dispute.taken_at = at
    order.give_back(of_order)
    payment.give_back(of_order)
    facts = {
        **facts_of_payment(payment, taken),
        "of_balance": of_balance.minor,
        "loss": loss.minor,
    }
    note_change(session, "payment.dispute_lost", order, facts, actor, at)
    if of_order:
        _lose_again(session, order, payment, of_order, actor=actor, at=at)


def _lose_again(
    session: Session, order: Order, payment: Payment, taken: Money, *, actor: Actor, at: datetime
) -> None:
    """``taken`` of the order went with a dispute: its points go, and it is owed as it was."""
    refund = Refund(amount=taken.minor, to=RefundTo.DISPUTE, reason="", at=at, sent_at=at)
    payment.refunds.append(refund)
    session.flush()
    lose_points(session, order, refund, actor=actor, at=at)
    if _was_owed(session, order):
        owe(session, order, taken, actor=actor, at=at)
        # its bill falls due again
        order.told_due = None


def return_payments(
    session: Session, order: Order, claim: Claim, *, actor: Actor, at: datetime
) -> Sequence[Refund]:
    """What was paid beyond ``claim`` goes back to the client's balance and points, newest first."""
    too_much = {POINTS: order.paid_points - claim.points, order.currency: order.paid - claim.total}
    refunds = []
    newest_first = [*order.payments][::-1]
    for payment in sorted(newest_first, key=lambda one: one.currency == POINTS):
        back = min(payment.refundable, too_much[payment.currency])
        if back > 0:
            too_much[payment.currency] -= back
            wanted = RefundToMake(Money(back, payment.currency), RefundTo.BALANCE)
            refunds.append(give_back(session, order, payment, wanted, actor=actor, at=at))
    return refunds


def put_on_balance(order: Order) -> Money:
    """What the client's balance has got by the order so far: surpluses, and what was given back."""
    in_money = [payment for payment in order.payments if payment.currency != POINTS]
    given_back = sum(
        refund.amount
        for payment in in_money
        for refund in payment.refunds
        if refund.to is RefundTo.BALANCE
        or (refund.to is RefundTo.METHOD and payment.method is MethodKind.BALANCE)
    )
    return order.money(order.surplus + given_back)


def _was_owed(session: Session, order: Order) -> bool:
    """Something of it was delivered, or it became owed and was not called off since."""
    if any(line.delivered_at for line in order.lines):
        return True
    of_debt = LedgerEntry.kind.in_([EntryKind.OWED, EntryKind.DEBT_LIFTED])
    entries = select(LedgerEntry.kind).filter_by(subject_kind="order", subject_id=order.id)
    last = session.scalar(entries.where(of_debt).order_by(LedgerEntry.id.desc()).limit(1))
    return last is EntryKind.OWED
