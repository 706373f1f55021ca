"""What is said on the page and in the API of an order whose tax follows a changed rate."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.tax.rates import NoRate, NoRateAbroad
from plugins.orders.settlement.invoicing.rates_of_day import rates_of_day
from plugins.orders.store.models import Order
from plugins.orders.timeline.event_sentences import RETAXED


@dataclass(frozen=True)
class RatesTold:
    """Total and tax at the rates it was placed at, and at those of ``day``.

    ``ahead``: it becomes so when the order is paid or delivered; else it is so.
    """

    day: date
    total_before: Money
    total: Money
    tax_before: Money
    tax: Money
    ahead: bool

    @property
    def said(self) -> Text:
        """In a sentence."""
        if self.total == self.total_before:
            return text(
                "A tax rate has changed since the order was placed: the total stays as it was, with"
                " tax of %(tax)s instead of %(tax_before)s.",
                tax=self.tax,
                tax_before=self.tax_before,
            )
        return text(
            "A tax rate has changed since the order was placed: the total is %(total)s instead of"
            " %(before)s, with tax of %(tax)s instead of %(tax_before)s.",
            total=self.total,
            before=self.total_before,
            tax=self.tax,
            tax_before=self.tax_before,
        )


@dataclass(frozen=True)
class RateMissing:
    """Why the order can't be paid or delivered on ``day``."""

    day: date
    said: Text


def rates_told(
    session: Session, order: Order, now: datetime | None
) -> RatesTold | RateMissing | None:
    """None: the rates are what they were when it was placed. ``now`` None: as it stands."""
    ahead = _ahead(session, order, now) if now else None
    return ahead or _behind(session, order)


def _ahead(session: Session, order: Order, now: datetime) -> RatesTold | RateMissing | None:
    today = local_date(now, order.provider.timezone)
    try:
        ahead = rates_of_day(session, order, today)
    except (NoRate, NoRateAbroad) as missing:
        return RateMissing(today, missing.message)
    if ahead is None:
        return None
    sums = {"from": order.total, "to": ahead.total, "tax_from": order.tax, "tax_to": ahead.tax}
    return _told(order, today, sums, ahead=True)


def _behind(session: Session, order: Order) -> RatesTold | None:
    if order.rated_on is None:
        return None
    events = select(Event).filter_by(subject_kind="order", subject_id=order.id, kind=RETAXED)
    last = session.scalars(events.order_by(Event.id.desc()).limit(1)).first()
    if last is None:
        return None
    return _told(order, date.fromisoformat(last.facts["day"]), last.facts, ahead=False)


def _told(order: Order, day: date, facts: Mapping[str, Any], *, ahead: bool) -> RatesTold:
    return RatesTold(
        day=day,
        total_before=order.money(facts["from"]),
        total=order.money(facts["to"]),
        tax_before=order.money(facts["tax_from"]),
        tax=order.money(facts["tax_to"]),
        ahead=ahead,
    )
