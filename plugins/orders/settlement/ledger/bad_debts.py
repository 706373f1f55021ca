"""Debts that are not expected to be paid: written off, and owed again when money comes after all.

The receivable becomes an expense of the provider's (``bad_debt``). What the order has earned stays
earned, and its tax is due as before: whether a country gives it back, and when, is for the
provider's tax return to say (Directive 2006/112/EC, Art. 90).
"""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.post_entries import post
from plugins.orders.settlement.ledger.order_postings import happened, of_client, of_provider
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change

WRITTEN_OFF, EXPECTED_AGAIN = "order.debt_written_off", "order.debt_expected_again"


def write_off(session: Session, order: Order, reason: str, *, actor: Actor, at: datetime) -> Money:
    """All that is owed for the order; how much that was, never nothing."""
    debt = order.money(order.owed)
    movements = [
        *of_client(order, AccountKind.RECEIVABLE, debt),
        *of_provider(order, AccountKind.BAD_DEBT, -debt),
    ]
    order.write_off(debt)
    facts = {"amount": debt.minor, "currency": debt.currency}
    note_change(session, WRITTEN_OFF, order, facts, actor, at, {"reason": reason})
    what = happened(order, EntryKind.WRITTEN_OFF, f"written_off:{order.id}:{order.version}", reason)
    post(session, what, movements, actor=actor, at=at)
    return debt


def expect_paid(
    session: Session, order: Order, of_order: Money, day: date | None, *, actor: Actor, at: datetime
) -> None:
    """``of_order`` comes in with the value date ``day``: as much more than what is owed as was
    written off is owed again first. None: it comes now.
    """
    if of_order.currency == POINTS:
        return
    back = min(order.written_off, max(of_order.minor - order.owed, 0))
    expect_again(session, order, order.money(back), day, actor=actor, at=at)


def expect_again(
    session: Session,
    order: Order,
    debt: Money,
    day: date | None = None,
    *,
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> None:
    """``debt`` of what was written off is owed as before; never on a day before it was.

    ``reason``: of whoever undoes it by hand.
    """
    if not debt:
        return
    movements = [
        *of_client(order, AccountKind.RECEIVABLE, -debt),
        *of_provider(order, AccountKind.BAD_DEBT, debt),
    ]
    order.expect_again(debt)
    facts = {"amount": debt.minor, "currency": debt.currency}
    words = {"reason": reason} if reason else None
    note_change(session, EXPECTED_AGAIN, order, facts, actor, at, words)
    written_off_on = _last_day(session, order)
    if day is not None and written_off_on is not None:
        day = max(day, written_off_on)
    key = f"expected_again:{order.id}:{order.version}"
    what = happened(order, EntryKind.EXPECTED_AGAIN, key, reason, day)
    post(session, what, movements, actor=actor, at=at)


def _last_day(session: Session, order: Order) -> date | None:
    """When something of it was written off last."""
    own = {"subject_kind": "order", "subject_id": order.id, "kind": EntryKind.WRITTEN_OFF}
    return session.scalar(select(func.max(LedgerEntry.day)).filter_by(**own))
