"""Asks payment systems for refunds until they accept them.

It is asked between two transactions, by a key that makes a repeat harmless. What fails is tried
again, later and later, and the order's history says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.extension.gateways import Gateway, RefundToSend, TurnedDown, Unreachable
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.order_log import note
from plugins.orders.store.payment import Payment, Refund, RefundTo

FIRST_WAIT = timedelta(minutes=5)
MOST_DOUBLINGS = 8  # 21 hours
BATCH = 100

log = logger()


@dataclass(frozen=True)
class Sent:
    """How many refunds were taken by their payment systems, and how many wait."""

    sent: int = 0
    delayed: int = 0


@dataclass(frozen=True)
class _Due:
    refund_id: int
    order_id: int
    gateway: str
    wanted: RefundToSend


def send_refunds(
    database: Database, gateways: Mapping[str, Gateway], *, actor: Actor, clock: Clock
) -> Sent:
    """Send all that are due at ``clock.now()``. ``actor`` is the system."""
    now = clock.now()
    with database.reading() as session:
        found = _due(session, now)
    sent = 0
    for due in found:
        problem = _ask(gateways, due)
        with database.writing() as session:
            _write_down(session, due, problem, actor=actor, at=now)
        sent += problem is None
    return Sent(sent, len(found) - sent)


def _due(session: Session, now: datetime) -> Sequence[_Due]:
    rows = session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(
            Refund.to == RefundTo.METHOD,
            Refund.sent_at.is_(None),
            Refund.failed_at.is_(None),
            Payment.gateway.is_not(None),
            or_(Refund.retry_at.is_(None), Refund.retry_at <= now),
        )
        .order_by(Refund.id)
        .limit(BATCH)
    )
    return [
        _Due(
            refund.id,
            payment.order_id,
            payment.gateway or "",
            RefundToSend(refund.key, payment.outside or "", Money(refund.amount, payment.currency)),
        )
        for refund, payment in rows
    ]


def _ask(gateways: Mapping[str, Gateway], due: _Due) -> str | None:
    """Why it was not taken, or None."""
    gateway = gateways.get(due.gateway)
    if gateway is None:
        return "not_set_up"
    try:
        slow(gateway.refund)(due.wanted)
    except (Unreachable, TurnedDown) as error:
        log.warning("refund_not_taken", refund=due.refund_id, why=str(error))
        return "unreachable" if isinstance(error, Unreachable) else "turned_down"
    except Exception:
        # whatever is wrong with this one, the others are asked for
        log.exception("refund_broke_off", refund=due.refund_id)
        return "broke_off"
    return None


def _write_down(
    session: Session, due: _Due, problem: str | None, *, actor: Actor, at: datetime
) -> None:
    order = lock_for_change(session, actor, due.order_id)
    refund = session.get_one(Refund, due.refund_id)
    if refund.sent_at is not None or refund.failed_at is not None:
        # another worker was quicker, the payment system has given back once; or has failed by now
        return
    facts = {
        "refund": refund.id,
        "amount": due.wanted.money.minor,
        "currency": due.wanted.money.currency,
    }
    if problem is None:
        refund.sent_at = at
        note(session, "refund.sent", order, facts, actor, at)
        return
    refund.retry_at = at + FIRST_WAIT * 2 ** min(refund.tries, MOST_DOUBLINGS)
    refund.tries += 1
    note(session, "refund.delayed", order, {**facts, "why": problem}, actor, at)
