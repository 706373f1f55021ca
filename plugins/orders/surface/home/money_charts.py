"""Charts for the owner: what came in, what is owed, and how many orders are in each status.

What came in is of the last days alone, read by the index of payments by day.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.kernel.extension.home_parts import Bar, Chart
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS
from billing_panel.kernel.values.money_writer import money_writer
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.status_counts import counted_statuses, said_count
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment
from plugins.orders.store.visibility.price_visibility import sees_prices

DAYS = 14
LIST = "every_order.index"


def money_charts(session: Session, actor: Actor, now: datetime) -> Sequence[Chart]:
    """For owners alone, who look after every provider."""
    is_owner = actor.provider_ids is None and actor.staff_id is not None
    if not (is_owner and sees_prices(actor) and allows(actor, OrdersFunction.HISTORY_READ)):
        return ()
    providers = session.execute(
        select(Provider.id, Provider.key, Provider.name, Provider.currency, Provider.timezone)
        .where(select(Staff.id).filter_by(id=actor.staff_id, owner=True).exists())
        .order_by(Provider.key)
    ).all()
    if not providers:
        return ()
    names = {row.id: (row.key, row.name, row.currency, row.timezone) for row in providers}
    return [
        *_received(session, names, actor.language, now),
        *_owed(session, names, actor.language),
        _by_status(session, names, actor.language),
    ]


Named = Mapping[int, tuple[str, str, str, str]]


def _received(session: Session, names: Named, language: str, now: datetime) -> Iterator[Chart]:
    """By day where each provider is; of each currency a chart, since they can't be added up."""
    hour = _hour(session)
    rows = session.execute(
        select(
            Order.provider_id,
            Payment.currency,
            hour.label("hour"),
            func.sum(Payment.amount).label("amount"),
        )
        .join(Order, Order.id == Payment.order_id)
        .where(Payment.received_at >= now - timedelta(days=DAYS), Payment.currency != POINTS)
        .group_by(Order.provider_id, Payment.currency, hour)
    )
    by_day: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    by_provider: dict[int, int] = defaultdict(int)
    for row in rows:
        at = datetime.strptime(row.hour, "%Y-%m-%d %H").replace(tzinfo=UTC)
        day = local_date(at, names[row.provider_id][3])
        by_day[row.currency][day] += int(row.amount)
        by_provider[row.provider_id] += int(row.amount)
    for currency, sums in sorted(by_day.items()):
        said = money_writer(currency, language)
        days = [now.date() - timedelta(days=back) for back in range(DAYS)]
        yield Chart(
            text("Received by day, %(currency)s", currency=currency),
            text("Received"),
            [Bar(f"{day:%d.%m.%Y}", sums.get(day, 0), said(sums.get(day, 0))) for day in days],
        )
    for currency, theirs in _by_currency(names):
        said = money_writer(currency, language)
        yield Chart(
            text(
                "Received by provider in %(days)s days, %(currency)s", days=DAYS, currency=currency
            ),
            text("Received"),
            [
                Bar(name, by_provider[id_], said(by_provider[id_]))
                for id_, (_, name, *_rest) in theirs.items()
                if by_provider[id_]
            ],
        )


def _by_currency(names: Named) -> Sequence[tuple[str, Named]]:
    """Providers of one currency share a chart: lengths of different money can’t be compared."""
    currencies = sorted({currency for _, _, currency, _ in names.values()})
    return [
        (currency, {id_: one for id_, one in names.items() if one[2] == currency})
        for currency in currencies
    ]


def _hour(session: Session) -> ColumnElement[Any]:
    """Of a payment, in UTC: as many rows come of a day, however much was paid."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", Payment.received_at), "YYYY-MM-DD HH24")
    return func.strftime("%Y-%m-%d %H", Payment.received_at)


def _owed(session: Session, names: Named, language: str) -> Iterator[Chart]:
    rows = session.execute(
        select(Order.provider_id, func.sum(Order.owed).label("owed"))
        .where(Order.owed > 0)
        .group_by(Order.provider_id)
    )
    owed = {row.provider_id: int(row.owed) for row in rows}
    for currency, theirs in _by_currency(names):
        said = money_writer(currency, language)
        yield Chart(
            text("Owed by provider, %(currency)s", currency=currency),
            text("Owed"),
            [
                Bar(name, owed[id_], said(owed[id_]), LIST, {"provider": key, "payment": "owed"})
                for id_, (key, name, *_rest) in theirs.items()
                if id_ in owed
            ],
        )


def _by_status(session: Session, names: Named, language: str) -> Chart:
    statuses = counted_statuses(session, names)
    several = len(names) > 1
    return Chart(
        text("Orders by status"),
        text("Orders"),
        [
            Bar(
                f"{say(one.title, language)} · {names[one.provider_id][1]}"
                if several
                else one.title,
                one.count or 0,
                said_count(one.count or 0, language),
                LIST,
                {"status": f"{names[one.provider_id][0]}.{one.key}"},
            )
            for one in statuses
            if one.count
        ],
    )
