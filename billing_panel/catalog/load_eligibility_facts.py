"""Loads the facts that the rules see, in a fixed number of statements for any number of tariffs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    Row,
    bindparam,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider, TaxRate
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.catalog.models import (
    BundlePart,
    Category,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Tariff,
)
from billing_panel.catalog.rules.eligibility_facts import (
    Component,
    GroupFacts,
    Named,
    OptionFacts,
    Period,
    PriceFacts,
    SellerFacts,
    TariffFacts,
)
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.database.batched_reads import Ahead, AnySelect, Together, rows_of
from billing_panel.kernel.database.plain_objects import Objects
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.calendar_dates import months_after
from billing_panel.tax.supply import DatedRate
from billing_panel.tax.territories import territory_at

# Made once: SQLAlchemy then only fills in the values, which is half the time of a small statement.
IDS: BindParameter[Any] = bindparam("ids", expanding=True)
KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
OF_PROVIDER: BindParameter[Any] = bindparam("provider_id")

_NAMED = select(Tariff.id).where(Tariff.provider_id == OF_PROVIDER, Tariff.key.in_(KEYS))
_PARTS = select(BundlePart.tariff_id).where(BundlePart.bundle_id.in_(_NAMED))
_NEEDED = select(Requirement.required_id).where(
    or_(Requirement.tariff_id.in_(_NAMED), Requirement.tariff_id.in_(_PARTS))
)
_SOME_TARIFFS = Objects(
    Tariff,
    lambda found: found.where(
        or_(Tariff.id.in_(_NAMED), Tariff.id.in_(_PARTS), Tariff.id.in_(_NEEDED))
    ).order_by(Tariff.id),
)
PRICES = select(Price.tariff_id, Price.months, Price.amount, Price.points).where(
    Price.tariff_id.in_(IDS)
)
OPTIONS = select(Option.__table__).where(Option.tariff_id.in_(IDS))
COMPONENTS = select(
    BundlePart.bundle_id, BundlePart.tariff_id, BundlePart.months, BundlePart.position
).where(BundlePart.bundle_id.in_(IDS))
GROUP_RULES = (
    select(
        GroupRule.tariff_id,
        GroupRule.allowed,
        ClientGroup.key,
        ClientGroup.titles,
        ClientGroup.client_titles,
        ClientGroup.only_for,
    )
    .join(ClientGroup, ClientGroup.id == GroupRule.group_id)
    .where(GroupRule.tariff_id.in_(IDS))
)
COUNTRIES = select(CountryRule.tariff_id, CountryRule.country).where(CountryRule.tariff_id.in_(IDS))
REQUIREMENTS = select(Requirement.tariff_id, Requirement.required_id).where(
    Requirement.tariff_id.in_(IDS)
)
# what belongs to tariffs, by the id in the first column, and the column it is put in order by
IN_ORDER = (
    (PRICES, "months"),
    (OPTIONS, "position"),
    (COMPONENTS, "position"),
    (GROUP_RULES, "key"),
    (COUNTRIES, "country"),
    (REQUIREMENTS, "required_id"),
)
BELONGING = tuple(statement for statement, _ in IN_ORDER)
ALL_BELONGING = Together(*BELONGING)
RATES = select(TaxRate.tax_class, TaxRate.since, TaxRate.percent).where(
    TaxRate.provider_id == OF_PROVIDER
)
CATEGORIES = (
    select(Category.name, Category.titles)
    .where(Category.provider_id == OF_PROVIDER)
    .order_by(Category.position)
)
HELD = (
    select(Tariff.key, func.count().label("held"))
    .join(Service, Service.tariff_id == Tariff.id)
    .where(
        Service.client_id == bindparam("client_id"),
        Service.provider_id == OF_PROVIDER,
        Service.state == ServiceState.ACTIVE,
    )
    .group_by(Tariff.key)
)


def tariffs(session: Session, provider: Provider, keys: Iterable[str]) -> dict[str, TariffFacts]:
    """Those of ``keys`` that the provider has."""
    wanted = list(keys)
    return facts_of(session, provider, tariff_rows(session, provider, wanted), wanted)


def tariff_rows(session: Session, provider: Provider, keys: Iterable[str]) -> Sequence[Tariff]:
    """Those of ``keys`` that the provider has, what they are made of and what they need."""
    return _SOME_TARIFFS.read(session, {"provider_id": provider.id, "keys": list(keys)})


def facts_of(
    where: Session | Ahead, provider: Provider, rows: Sequence[Tariff], keys: Iterable[str]
) -> dict[str, TariffFacts]:
    """The facts of ``keys``, by key; ``rows`` hold them and whatever they name."""
    ids = [row.id for row in rows]
    ahead = ALL_BELONGING.read(where, {"ids": ids}) if isinstance(where, Session) else where
    belonging = Belonging(*(_belonging(ahead, *one) for one in IN_ORDER))
    return facts_with(provider.key, rows, belonging, keys)


def facts_with(
    provider: str, rows: Sequence[Any], belonging: "Belonging", keys: Iterable[str]
) -> dict[str, TariffFacts]:
    """The same of rows that were read with what belongs to them, as objects or by column names."""
    reading = _Reading(provider, {row.id: row for row in rows}, belonging)
    wanted = set(keys)
    return {row.key: reading.tariff(row) for row in rows if row.key in wanted}


def group_facts(group: Any) -> GroupFacts:
    """Read a group as the rules see it. None: it has no words of that sort."""
    only_for = Titles(group.only_for) if group.only_for else None
    client_title = Titles(group.client_titles) if group.client_titles else None
    return GroupFacts(group.key, Titles(group.titles), only_for, client_title)


def seller_facts(where: Session | Ahead, provider: Provider) -> SellerFacts:
    """Read what a sale needs of its provider: VAT territory, currency and rates by class."""
    rates: dict[str, list[DatedRate]] = {}
    found = rows_of(where, RATES, {"provider_id": provider.id})
    for row in sorted(found, key=attrgetter("since")):
        rates.setdefault(row.tax_class, []).append(DatedRate(row.since, row.percent))
    return SellerFacts(
        territory=territory_of(provider),
        currency=provider.currency,
        prices_include_tax=provider.prices_include_tax,
        rates=rates,
        registered=provider.charges_tax,
        one_stop_shop=provider.one_stop_shop,
    )


def territory_of(provider: Provider) -> str:
    """Whose VAT the provider is under."""
    return territory_at(provider.postal_address)


def category_titles(session: Session, provider_id: int) -> dict[str, Titles]:
    """What categories are called, by their names, in the order the provider gave them."""
    rows = plain(session, CATEGORIES, {"provider_id": provider_id})
    return {row.name: Titles(row.titles) for row in rows}


def held_services(where: Session | Ahead, client_id: int, provider_id: int) -> dict[str, int]:
    """Tariff key → how many services of it the client holds."""
    rows = rows_of(where, HELD, {"client_id": client_id, "provider_id": provider_id})
    return {row.key: row.held for row in rows}


def open_services(
    session: Session,
    *,
    client_id: int,
    tariffs: Iterable[tuple[Tariff, int]],
    since: datetime,
    timezone: str,
) -> Sequence[Row[int, int, int]]:
    """Write one service for each (tariff, months) that was delivered to the client.

    Its months are those of the calendar in ``timezone``, the provider's. Of each service its (id,
    tariff_id, months), in no order.
    """
    rows = [
        {
            "client_id": client_id,
            "provider_id": tariff.provider_id,
            "tariff_id": tariff.id,
            "months": months,
            "since": since,
            "ends_at": months_after(since, months, timezone) if months else None,
            "state": ServiceState.ACTIVE,
        }
        for tariff, months in tariffs
    ]
    written = insert(Service).returning(Service.id, Service.tariff_id, Service.months)
    return session.execute(written, rows).all() if rows else []


Rows = Mapping[int, Sequence[Any]]


@dataclass(frozen=True)
class Belonging:
    """What belongs to tariffs: rows by the tariff's id, in their order, with columns by name.

    The fields are in the order of ``IN_ORDER``.
    """

    prices: Rows
    options: Rows
    components: Rows
    group_rules: Rows
    countries: Rows
    requirements: Rows


def _belonging(ahead: Ahead, statement: AnySelect, order: str) -> Rows:
    """Rows by the id in their first column."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in sorted(ahead.of(statement), key=attrgetter(order)):
        found[row[0]].append(row)
    return found


@dataclass(frozen=True)
class _Reading:
    provider: str
    tariffs: Mapping[int, Any]
    belonging: Belonging

    def tariff(self, row: Any, *, part: bool = False) -> TariffFacts:
        """``part``: it stands in a bundle, and what it would hold itself does not come with it."""
        return TariffFacts(
            id=row.id,
            key=row.key,
            provider=self.provider,
            title=row.title,
            kind=row.kind,
            category=row.category,
            availability=row.availability,
            tax_class=row.tax_class,
            supply=row.supply,
            prices={
                Period(price.months): PriceFacts(price.amount, price.points)
                for price in self._of(row, self.belonging.prices)
            },
            lead_time_days=row.lead_time_days,
            stock=row.stock,
            setup_fee=row.setup_fee,
            per_client_limit=row.per_client_limit,
            archived=row.archived,
            self_service=row.self_service,
            needs_delivery=row.needs_delivery,
            hours=row.hours,
            options=tuple(map(_option, self._of(row, self.belonging.options))),
            components=tuple(
                Component(
                    self.tariff(self.tariffs[inside.tariff_id], part=True), Period(inside.months)
                )
                for inside in (() if part else self._of(row, self.belonging.components))
            ),
            allowed_groups=self._groups(row, allowed=True),
            forbidden_groups=self._groups(row, allowed=False),
            countries=frozenset(rule.country for rule in self._of(row, self.belonging.countries)),
            requires_one_of=tuple(
                self._named(rule.required_id) for rule in self._of(row, self.belonging.requirements)
            ),
        )

    def _of(self, row: Any, rows: Rows) -> Sequence[Any]:
        return rows.get(row.id, ())

    def _groups(self, row: Any, *, allowed: bool) -> tuple[GroupFacts, ...]:
        rules = self._of(row, self.belonging.group_rules)
        return tuple(group_facts(rule) for rule in rules if rule.allowed is allowed)

    def _named(self, tariff_id: int) -> Named:
        return Named(self.tariffs[tariff_id].key, self.tariffs[tariff_id].title)


def _option(row: Any) -> OptionFacts:
    return OptionFacts(
        key=row.key,
        title=Titles(row.titles),
        unit=row.unit,
        included=row.included,
        step=row.step,
        maximum=row.maximum,
        price_per_unit_month=row.price_per_unit_month,
        choices=tuple(row.choices),
    )
