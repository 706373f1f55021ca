"""Orders follow tax rates until their tax event, which fixes them (``rates_of_day``).

Whatever pays, delivers or bills an order asks here first, under its lock; the worker goes through
the others on the day of a change (``deadlines.follow_changed_rates``), so that the client is told
before they pay.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.tax.rates import NoRate, NoRateAbroad
from plugins.orders.lifecycle.effects import bill_again
from plugins.orders.settlement.invoicing.rates_of_day import (
    RatesOfDay,
    follows_rates,
    rates_of_day,
)
from plugins.orders.settlement.ledger import order_ledger
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note, note_change
from plugins.orders.timeline.event_sentences import RATE_MISSING, RETAXED

log = logger()


def follow_rates(
    session: Session,
    order: Order,
    *,
    actor: Actor,
    at: datetime,
    day: date | None = None,
    remember: bool = False,
) -> bool:
    """Whether its tax has changed: its sums, its debt and its bill then follow, and it is logged.

    The order is locked. ``day``: that of its tax event; None: that of ``at``, where the provider
    is. ``remember``: where nothing changes, it need not be asked of that day again. Raises NoRate,
    NoRateAbroad.
    """
    changed = retax(session, order, actor=actor, at=at, day=day, remember=remember)
    if changed is None:
        return False
    order_ledger.post_difference(session, order, changed, actor=actor, at=at)
    return True


def retax(
    session: Session,
    order: Order,
    *,
    actor: Actor,
    at: datetime,
    day: date | None = None,
    remember: bool = False,
) -> order_ledger.Difference | None:
    """The same, but for the books: what is to be posted once all bills are issued (``locks``).

    None: nothing has changed. Raises NoRate, NoRateAbroad.
    """
    day = day or local_date(at, order.provider.timezone)
    changed = rates_of_day(session, order, day)
    if changed is None:
        if remember and follows_rates(order):
            order.rated_on = day
        return None
    total, tax = order.total, order.tax
    with session.no_autoflush:
        _be_rated(order, changed)
        difference = order_ledger.difference(order, order.money(order.total - total), at)
    session.flush()
    facts = {
        "from": total,
        "to": order.total,
        "tax_from": tax,
        "tax_to": order.tax,
        "day": day.isoformat(),
    }
    note_change(session, RETAXED, order, facts, actor, at)
    # the days the client has to pay stay theirs
    pay_by = day_to_pay(order) or order.due_on
    bill_again(EffectContext(session, order, actor, at, order.status, pay_by=pay_by))
    return difference


def retax_known(session: Session, orders: Sequence[Order], *, actor: Actor, at: datetime) -> None:
    """All ``orders``, which are locked, before anything is posted: every bill before the books.

    One whose rate isn't known stays as it is; whoever takes its money asks again.
    """
    changed = []
    for order in orders:
        with suppress(NoRate, NoRateAbroad):
            changed.append((order, retax(session, order, actor=actor, at=at)))
    for order, difference in changed:
        if difference is not None:
            order_ledger.post_difference(session, order, difference, actor=actor, at=at)


def follow_known_rates(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """The same where money has come already, which nothing refuses.

    Where the rate of the day isn't known, the order keeps the one it has, and staff are told.
    """
    try:
        follow_rates(session, order, actor=actor, at=at)
    except (NoRate, NoRateAbroad) as missing:
        if actor.kind is not ActorKind.SYSTEM:
            raise
        log.warning("tax_rate_missing", order=order.number, code=missing.code)
        note(session, RATE_MISSING, order, {"code": missing.code}, actor, at)


def _be_rated(order: Order, changed: RatesOfDay) -> None:
    for line in order.lines:
        if line.id in changed.lines:
            line.carry(changed.lines[line.id])
    if changed.delivery is not None:
        order.tax_delivery(changed.delivery)
    order.sum_up()
    order.rated_on = changed.day
