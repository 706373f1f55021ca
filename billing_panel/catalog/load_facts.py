"""From rows to the facts the rules see, in a fixed number of statements however many tariffs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Executable,
    Row,
    bindparam,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import Provider, TaxRate
from billing_panel.accounts.firms.vat_territories import vat_territory
from billing_panel.accounts.people.clients import ClientGroup
from billing_panel.catalog.models import (
    BundlePart,
    Category,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Service,
    ServiceState,
    Tariff,
)
from billing_panel.catalog.rules.facts import (
    Component,
    GroupFacts,
    Named,
    OptionFacts,
    Period,
    PriceFacts,
    SellerFacts,
    TariffFacts,
)
from billing_panel.catalog.rules.tax import DatedRate
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.clock import months_after

# Made once: SQLAlchemy then only fills in the values, which is half the time of a small statement.
IDS: BindParameter[Any] = bindparam("ids", expanding=True)
KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
OF_PROVIDER: BindParameter[Any] = bindparam("provider_id")

_NAMED = select(Tariff.id).where(Tariff.provider_id == OF_PROVIDER, Tariff.key.in_(KEYS))
_PARTS = select(BundlePart.tariff_id).where(BundlePart.bundle_id.in_(_NAMED))
_NEEDED = select(Requirement.required_id).where(
    or_(Requirement.tariff_id.in_(_NAMED), Requirement.tariff_id.in_(_PARTS))
)
SOME_TARIFFS = (
    select(Tariff)
    .where(or_(Tariff.id.in_(_NAMED), Tariff.id.in_(_PARTS), Tariff.id.in_(_NEEDED)))
    .order_by(Tariff.id)
    .execution_options(populate_existing=True)
)
ALL_TARIFFS = select(Tariff).where(Tariff.provider_id == OF_PROVIDER).order_by(Tariff.id)
PRICES = (
    select(Price.tariff_id, Price.months, Price.amount, Price.points)
    .where(Price.tariff_id.in_(IDS))
    .order_by(Price.months)
)
OPTIONS = select(Option.__table__).where(Option.tariff_id.in_(IDS)).order_by(Option.position)
COMPONENTS = (
    select(BundlePart.bundle_id, BundlePart.tariff_id, BundlePart.months)
    .where(BundlePart.bundle_id.in_(IDS))
    .order_by(BundlePart.position)
)
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
REQUIREMENTS = (
    select(Requirement.tariff_id, Requirement.required_id)
    .where(Requirement.tariff_id.in_(IDS))
    .order_by(Requirement.required_id)
)
RATES = (
    select(TaxRate.tax_class, TaxRate.since, TaxRate.percent)
    .where(TaxRate.provider_id == OF_PROVIDER)
    .order_by(TaxRate.since)
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


def catalogue(session: Session, provider: Provider) -> dict[str, TariffFacts]:
    """Every tariff of the provider by key, in the order they were made, archived ones too."""
    rows = session.scalars(ALL_TARIFFS, {"provider_id": provider.id}).all()
    return facts_of(session, provider, rows, [row.key for row in rows])


def tariffs(session: Session, provider: Provider, keys: Iterable[str]) -> dict[str, TariffFacts]:
    """Those of ``keys`` that the provider has."""
    wanted = list(keys)
    return facts_of(session, provider, tariff_rows(session, provider, wanted), wanted)


def tariff_rows(session: Session, provider: Provider, keys: Iterable[str]) -> Sequence[Tariff]:
    """Those of ``keys`` that the provider has, what they are made of and what they need."""
    return session.scalars(SOME_TARIFFS, {"provider_id": provider.id, "keys": list(keys)}).all()


def facts_of(
    session: Session, provider: Provider, rows: Sequence[Tariff], keys: Iterable[str]
) -> dict[str, TariffFacts]:
    """The facts of ``keys``, by key; ``rows`` hold them and whatever they name."""
    reading = _Reading(session, provider.key, rows)
    wanted = set(keys)
    return {row.key: reading.tariff(row) for row in rows if row.key in wanted}


def group_facts(group: ClientGroup | Row[Any]) -> GroupFacts:
    """Read a group as the rules see it. None: it has no words of that sort."""
    only_for = Titles(group.only_for) if group.only_for else None
    client_title = Titles(group.client_titles) if group.client_titles else None
    return GroupFacts(group.key, Titles(group.titles), only_for, client_title)


def seller_facts(session: Session, provider: Provider) -> SellerFacts:
    """Read what a sale needs of its provider: VAT territory, currency and rates by class."""
    rates: dict[str, list[DatedRate]] = {}
    for row in session.execute(RATES, {"provider_id": provider.id}):
        rates.setdefault(row.tax_class, []).append(DatedRate(row.since, row.percent))
    return SellerFacts(
        territory=vat_territory(provider.country, provider.postal_address.code_to_look_at),
        currency=provider.currency,
        prices_include_tax=provider.prices_include_tax,
        rates=rates,
    )


def category_titles(session: Session, provider_id: int) -> dict[str, Titles]:
    """What categories are called, by their names, in the order the provider gave them."""
    rows = session.execute(CATEGORIES, {"provider_id": provider_id})
    return {row.name: Titles(row.titles) for row in rows}


def held_services(session: Session, client_id: int, provider_id: int) -> dict[str, int]:
    """Tariff key → how many services of it the client holds."""
    rows = session.execute(HELD, {"client_id": client_id, "provider_id": provider_id})
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


class _Reading:
    """What belongs to ``rows``, each kind read at once."""

    def __init__(self, session: Session, provider: str, rows: Sequence[Tariff]) -> None:
        self.session = session
        self.provider = provider
        self.tariffs = {row.id: row for row in rows}
        self.prices = self._belonging(PRICES)
        self.options = self._belonging(OPTIONS)
        self.components = self._belonging(COMPONENTS)
        self.group_rules = self._belonging(GROUP_RULES)
        self.countries = self._belonging(COUNTRIES)
        self.requirements = self._belonging(REQUIREMENTS)

    def _belonging(self, statement: Executable) -> defaultdict[int, list[Row[Any]]]:
        """Rows by the id in their first column."""
        found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
        for row in self.session.execute(statement, {"ids": list(self.tariffs)}):
            found[row[0]].append(row)
        return found

    def tariff(self, row: Tariff, *, part: bool = False) -> TariffFacts:
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
            prices={Period(p.months): PriceFacts(p.amount, p.points) for p in self.prices[row.id]},
            lead_time_days=row.lead_time_days,
            stock=row.stock,
            setup_fee=row.setup_fee,
            per_client_limit=row.per_client_limit,
            archived=row.archived,
            self_service=row.self_service,
            needs_delivery=row.needs_delivery,
            hours=row.hours,
            options=tuple(_option(option) for option in self.options[row.id]),
            components=tuple(
                Component(
                    self.tariff(self.tariffs[inside.tariff_id], part=True), Period(inside.months)
                )
                for inside in (() if part else self.components[row.id])
            ),
            allowed_groups=self._groups(row, allowed=True),
            forbidden_groups=self._groups(row, allowed=False),
            countries=frozenset(rule.country for rule in self.countries[row.id]),
            requires_one_of=tuple(
                self._named(rule.required_id) for rule in self.requirements[row.id]
            ),
        )

    def _groups(self, row: Tariff, *, allowed: bool) -> tuple[GroupFacts, ...]:
        rules = self.group_rules[row.id]
        return tuple(group_facts(rule) for rule in rules if rule.allowed is allowed)

    def _named(self, tariff_id: int) -> Named:
        return Named(self.tariffs[tariff_id].key, self.tariffs[tariff_id].title)


def _option(row: Row[Any]) -> OptionFacts:
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
