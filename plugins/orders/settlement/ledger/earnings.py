"""What an order has earned, as the books are to have it, and what they have.

Revenue of a line that is sold for a period is earned day by day while it runs, straight-line, as
IFRS 15 has it for a service that stands ready all the time (paragraphs 35(a), 39 and B18); until
then it is deferred: a contract liability (105). It is released month by month, on the last day of
each (``release_revenue``). What is sold once is earned when it is paid or owed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, object_session

from billing_panel.kernel.values.calendar_dates import local_date, months_after
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.tax.supply import SupplyTax
from plugins.orders.settlement.delivered_part import has_delivery, shares_of_lines
from plugins.orders.settlement.ledger.rate_shares import Part, earned_by_tax
from plugins.orders.settlement.line_shares_and_tax import Share
from plugins.orders.settlement.order_services import ended_lines
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.workflow.statuses.stage import Stage

EARNED = (AccountKind.REVENUE, AccountKind.DEFERRED, AccountKind.TAX)
# by account and tax, minor units; of orders of earlier releases the tax may not be known
Booked = Counter[tuple[AccountKind, SupplyTax | None]]
ALL, NOTHING = Fraction(1), Fraction(0)


def booked(session: Session, order: Order) -> Booked:
    """What the ledger has of the order by now."""
    # entries are written past the session, which has nothing to write before they are read
    rows = session.connection().execute(_BOOKED, {"order_id": order.id})
    found: Booked = Counter()
    for kind, category, percent, place, sum_ in rows:
        levied = (
            None
            if category is None or percent is None or place is None
            else SupplyTax(category, percent, place)
        )
        found[kind, levied] += int(sum_)
    return found


_TAX = Posting.tax_category, Posting.tax_percent, Posting.tax_place
_BOOKED = (
    select(LedgerAccount.kind, *_TAX, func.sum(Posting.amount))
    .join(Posting, Posting.account_id == LedgerAccount.id)
    .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
    .where(
        LedgerEntry.subject_kind == "order",
        LedgerEntry.subject_id == bindparam("order_id"),
        LedgerAccount.kind.in_(EARNED),
    )
    .group_by(LedgerAccount.kind, *_TAX)
)


def to_be_booked(order: Order, gross: int, as_of: date) -> Booked:
    """What it is to have once ``gross`` is earned, with what was supplied by the end of ``as_of``.

    Tax of it is what the order has set apart (``taxed``).
    """
    parts = [*_parts(order, as_of)]
    found: Booked = Counter()
    for levied, sums in earned_by_tax(gross, order.taxed, parts).items():
        found[AccountKind.REVENUE, levied] = sums.revenue
        found[AccountKind.DEFERRED, levied] = sums.deferred
        found[AccountKind.TAX, levied] = sums.tax
    return found


def last_month_end(at: datetime, timezone: str) -> date:
    """The day up to which revenue is released: within a month it stays as it is."""
    return local_date(at, timezone).replace(day=1) - timedelta(days=1)


def _parts(order: Order, as_of: date) -> Iterator[Part]:
    over = _over(order)
    for line, share in _asked_for(order):
        is_supplied = line is None or line.id in over or not order.defers
        ahead = NOTHING if is_supplied or line is None else share_ahead(order, line, as_of)
        yield Part(share.levied, share.base, share.tax, ahead)


def _over(order: Order) -> frozenset[int]:
    """Ids of lines of a lost order that supply nothing more; what the client has of it goes on."""
    if order.stage is not Stage.LOST:
        return frozenset()
    on = {line.id for line in order.lines if line.months and line.delivered_at is not None}
    session = object_session(order)
    if on and order.is_kept_in_part and session is not None:
        with session.no_autoflush:
            on -= ended_lines(session, order)
    else:
        on = set()
    return frozenset(line.id for line in order.lines) - on


def _asked_for(order: Order) -> Sequence[tuple[OrderLine | None, Share]]:
    """All of it, or of what is called off what the client has."""
    every = shares_of_lines(order)
    if not order.is_kept_in_part:
        return every
    own = [line for line in order.lines if line.delivered_at is not None]
    sent = has_delivery(order, own)
    kept = [
        (line, share) for line, share in every if (line.delivered_at is not None if line else sent)
    ]
    return kept or every


def share_ahead(order: Order, line: OrderLine, as_of: date) -> Fraction:
    """Which share of the line's period is still to run after ``as_of``; what has none is supplied.

    All of it before it is delivered. Where the order is done without, it began with that.
    """
    if not line.months or line.taken_back_at is not None:
        return NOTHING
    begun = _begun(order, line)
    if begun is None:
        return ALL
    zone = order.provider.timezone
    first = local_date(begun, zone)
    after = local_date(months_after(begun, line.months, zone), zone)
    days = (after - first).days
    served = min(max((as_of - first).days + 1, 0), days)
    return Fraction(days - served, days)


def first_day_served(order: Order) -> date | None:
    """On which the first of its periods began, where the provider is; None: none has."""
    begun = (_begun(order, line) for line in order.lines if line.months)
    return min(
        (local_date(one, order.provider.timezone) for one in begun if one is not None),
        default=None,
    )


def _begun(order: Order, line: OrderLine) -> datetime | None:
    return line.delivered_at or (order.status_since if order.stage is Stage.DONE else None)
