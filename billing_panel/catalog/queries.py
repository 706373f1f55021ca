"""From rows to the facts the rules see, in a fixed number of statements however many tariffs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.clients import ClientGroup
from billing_panel.accounts.providers import Provider, TaxRate
from billing_panel.catalog.models import (
    BundlePart,
    Option,
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
from billing_panel.kernel.text import Titles

WHOLE = (
    selectinload(Tariff.prices),
    selectinload(Tariff.options),
    selectinload(Tariff.components),
    selectinload(Tariff.group_rules),
    selectinload(Tariff.country_rules),
    selectinload(Tariff.requirements),
)


def catalogue(session: Session, provider: Provider) -> dict[str, TariffFacts]:
    """Every tariff of the provider by key, in the order they were made, archived ones too."""
    rows = session.scalars(
        select(Tariff).filter_by(provider_id=provider.id).options(*WHOLE).order_by(Tariff.id)
    ).all()
    return _facts(session, provider, rows, [row.key for row in rows])


def tariffs(session: Session, provider: Provider, keys: Iterable[str]) -> dict[str, TariffFacts]:
    """Those of ``keys`` that the provider has, with what they are made of and what they need."""
    wanted = list(keys)
    named = select(Tariff.id).where(Tariff.provider_id == provider.id, Tariff.key.in_(wanted))
    parts = select(BundlePart.tariff_id).where(BundlePart.bundle_id.in_(named))
    whole = or_(Tariff.id.in_(named), Tariff.id.in_(parts))
    needed = select(Requirement.required_id).where(
        or_(Requirement.tariff_id.in_(named), Requirement.tariff_id.in_(parts))
    )
    rows = session.scalars(
        select(Tariff)
        .where(or_(whole, Tariff.id.in_(needed)))
        .options(*WHOLE)
        .order_by(Tariff.id)
        .execution_options(populate_existing=True)
    ).all()
    return _facts(session, provider, rows, wanted)


def _facts(
    session: Session, provider: Provider, rows: Sequence[Tariff], keys: Iterable[str]
) -> dict[str, TariffFacts]:
    groups = {group.id: group_facts(group) for group in session.scalars(select(ClientGroup))}
    reading = _Reading(provider.key, {row.id: row for row in rows}, groups)
    wanted = set(keys)
    return {row.key: reading.tariff(row) for row in rows if row.key in wanted}


def group_facts(group: ClientGroup) -> GroupFacts:
    return GroupFacts(group.key, group.title, Titles(group.only_for) if group.only_for else None)


def seller_facts(session: Session, provider: Provider) -> SellerFacts:
    rates: dict[str, list[DatedRate]] = {}
    rows = select(TaxRate).filter_by(provider_id=provider.id).order_by(TaxRate.since)
    for row in session.scalars(rows):
        rates.setdefault(row.tax_class, []).append(DatedRate(row.since, row.percent))
    return SellerFacts(
        country=provider.country,
        currency=provider.currency,
        prices_include_tax=provider.prices_include_tax,
        rates=rates,
    )


def held_services(session: Session, client_id: int, provider_id: int) -> dict[str, int]:
    """Tariff key → how many services of it the client holds."""
    rows = session.execute(
        select(Tariff.key, func.count().label("held"))
        .join(Service, Service.tariff_id == Tariff.id)
        .where(
            Service.client_id == client_id,
            Service.provider_id == provider_id,
            Service.state == ServiceState.ACTIVE,
        )
        .group_by(Tariff.key)
    )
    return {row.key: row.held for row in rows}


def open_services(
    session: Session,
    *,
    client_id: int,
    tariffs: Iterable[tuple[Tariff, int]],
    since: datetime,
) -> None:
    """Write one service for each (tariff, months) that was delivered to the client."""
    rows = [
        {
            "client_id": client_id,
            "provider_id": tariff.provider_id,
            "tariff_id": tariff.id,
            "months": months,
            "since": since,
            "state": ServiceState.ACTIVE,
        }
        for tariff, months in tariffs
    ]
    if rows:
        session.execute(insert(Service), rows)


class _Reading:
    def __init__(
        self, provider: str, tariffs: Mapping[int, Tariff], groups: Mapping[int, GroupFacts]
    ) -> None:
        self.provider = provider
        self.tariffs = tariffs
        self.groups = groups

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
            prices={Period(p.months): PriceFacts(p.amount, p.points) for p in row.prices},
            lead_time_days=row.lead_time_days,
            stock=row.stock,
            setup_fee=row.setup_fee,
            per_client_limit=row.per_client_limit,
            archived=row.archived,
            self_service=row.self_service,
            needs_delivery=row.needs_delivery,
            hours=row.hours,
            options=tuple(_option(option) for option in row.options),
            components=tuple(
                Component(
                    self.tariff(self.tariffs[inside.tariff_id], part=True), Period(inside.months)
                )
                for inside in (() if part else row.components)
            ),
            allowed_groups=self._groups(row, allowed=True),
            forbidden_groups=self._groups(row, allowed=False),
            countries=frozenset(rule.country for rule in row.country_rules),
            requires_one_of=tuple(self._named(rule.required_id) for rule in row.requirements),
        )

    def _groups(self, row: Tariff, *, allowed: bool) -> tuple[GroupFacts, ...]:
        return tuple(self.groups[r.group_id] for r in row.group_rules if r.allowed is allowed)

    def _named(self, tariff_id: int) -> Named:
        return Named(self.tariffs[tariff_id].key, self.tariffs[tariff_id].title)


def _option(row: Option) -> OptionFacts:
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
