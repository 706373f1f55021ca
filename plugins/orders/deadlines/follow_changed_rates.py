"""On the day a tax rate changes, orders that are neither paid nor delivered follow it.

Their bills are replaced and their clients told before they pay; whoever is quicker than the worker
has the new rate all the same (``retaxing.follow_tax_rates``). Each order is looked at again in a
transaction of its own, under its lock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.load_eligibility_facts import seller_facts
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from billing_panel.tax.rates import STANDARD_RATES, NoRate, NoRateAbroad
from invoices.store.models import IssuedDocument
from plugins.orders.deadlines.fire_deadlines import DeadlineResult, Fired, each_alone, ids_in_order
from plugins.orders.lifecycle.retaxing.follow_tax_rates import follow_rates
from plugins.orders.settlement.invoicing.rates_of_day import TAX_DOCUMENTS
from plugins.orders.store.find_orders import LIVE
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderDocument, OrderLine

log = logger()


def follow_changed_rates(database: Database, *, actor: Actor, clock: Clock) -> Fired:
    """Every order whose rates are of an earlier day than the last change. ``actor``: the system."""
    now = clock.now()
    with database.reading() as session:
        providers = session.scalars(select(Provider)).all()
        changed = [(p, _last_change(session, p, now)) for p in providers]
    fired = Fired()
    for provider, day in changed:
        if day is not None:
            following = _Following(database, provider, day, actor, now)
            fired += each_alone(database, following.orders(), following.follow)
    return fired


def follow_by_itself(database: Database, *, actor: Actor, clock: Clock) -> None:
    """The worker's job. Raises Refused ``broke_off``, ``no_tax_rate``."""
    fired = follow_changed_rates(database, actor=actor, clock=clock)
    if fired.refused or fired.broke_off:
        message = text(
            "Orders whose tax could not be changed to a new rate: %(number)s. Add the missing"
            " rate; the worker’s log says which.",
            number=fired.refused + fired.broke_off,
        )
        raise Refused(message, code="no_tax_rate" if fired.refused else "broke_off")


def _last_change(session: Session, provider: Provider, now: datetime) -> date | None:
    """The newest day on which a rate began that the provider may charge; None: no rate has."""
    today = local_date(now, provider.timezone)
    own = seller_facts(session, provider).rates.values()
    abroad = STANDARD_RATES.values() if provider.one_stop_shop else ()
    days = [rate.since for rates in (*own, *abroad) for rate in rates if rate.since <= today]
    return max(days, default=None)


@dataclass(frozen=True)
class _Following:
    """Orders of a provider, of whose rates some began on ``day`` last."""

    database: Database
    provider: Provider
    day: date
    actor: Actor
    now: datetime

    def orders(self) -> Iterator[int]:
        """Ids of those with older rates, read some at a time."""
        return ids_in_order(self.database, self._found(), Order.id)

    def follow(self, session: Session, order_id: int) -> DeadlineResult | None:
        """None: the rates of its tariffs are what they were."""
        order = lock_for_change(session, self.actor, order_id)
        try:
            moved = follow_rates(session, order, actor=self.actor, at=self.now, remember=True)
        except (NoRate, NoRateAbroad) as missing:
            log.warning("tax_rate_missing", order=order.number, why=str(missing.message))
            return DeadlineResult.REFUSED
        return DeadlineResult.MOVED if moved else None

    def _found(self) -> Select[int]:
        """As ``rates_of_day.follows_rates`` has it."""
        begun = datetime.combine(self.day, time(), ZoneInfo(self.provider.timezone))
        had = select(OrderLine.id).where(
            OrderLine.order_id == Order.id,
            or_(OrderLine.delivered_at.is_not(None), OrderLine.taken_back_at.is_not(None)),
        )
        taxed = (
            select(OrderDocument.order_id)
            .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
            .where(OrderDocument.order_id == Order.id, IssuedDocument.kind.in_(TAX_DOCUMENTS))
        )
        return select(Order.id).where(
            Order.provider_id == self.provider.id,
            Order.stage.in_(LIVE),
            Order.placed_at < begun,
            or_(Order.rated_on.is_(None), Order.rated_on < self.day),
            Order.paid == 0,
            Order.total > 0,
            ~had.exists(),
            ~taxed.exists(),
        )
