"""The details of a tariff as people type them, and the tariffs an actor may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import (
    Option,
    Tariff,
)
from billing_panel.catalog.rules.eligibility_facts import Availability, TariffKind
from billing_panel.kernel.values.money import Money
from billing_panel.tax.supply import SupplyKind

MAX_MONTHS = 999


@dataclass(frozen=True)
class PriceDetails:
    """``amount`` in major units, as typed. ``months`` 0: sold once."""

    months: int | None
    amount: str
    points: int | None = None


@dataclass(frozen=True)
class OptionDetails:
    """Either ``choices``, or a number of units; ``price_per_unit_month`` in major units."""

    key: str
    titles: Mapping[str, str]
    unit: str = ""
    included: int | None = 0
    step: int | None = 1
    maximum: int | None = 0
    price_per_unit_month: str = "0"
    choices: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class PartDetails:
    """A tariff inside a bundle, by key, for so many months."""

    tariff: str
    months: int | None


@dataclass(frozen=True)
class TariffDetails:
    """Groups, parts and required tariffs are keys. ``counted``: it has a stock that can run out."""

    key: str
    titles: Mapping[str, str]
    kind: TariffKind
    category: str
    tax_class: str
    supply: SupplyKind = SupplyKind.ELECTRONIC
    availability: Availability = Availability.IN_STOCK
    lead_time_days: int | None = None
    counted: bool = False
    setup_fee: str = "0"
    per_client_limit: int | None = None
    archived: bool = False
    self_service: bool = True
    needs_delivery: bool = False
    hours: int | None = None
    prices: Sequence[PriceDetails] = field(default_factory=list)
    options: Sequence[OptionDetails] = field(default_factory=list)
    components: Sequence[PartDetails] = field(default_factory=list)
    allowed_groups: Sequence[str] = field(default_factory=list)
    forbidden_groups: Sequence[str] = field(default_factory=list)
    countries: Sequence[str] = field(default_factory=list)
    requires_one_of: Sequence[str] = field(default_factory=list)


def new_tariff(kind: TariffKind) -> TariffDetails:
    """One in which nothing is typed yet."""
    return TariffDetails("", {}, kind, category="", tax_class="", supply=usual_supply(kind))


def usual_supply(kind: TariffKind) -> SupplyKind:
    """What it is for VAT unless somebody says otherwise."""
    return SupplyKind.GOODS if kind is TariffKind.GOODS else SupplyKind.ELECTRONIC


PLAIN = (
    "key",
    "kind",
    "category",
    "tax_class",
    "supply",
    "availability",
    "lead_time_days",
    "per_client_limit",
    "archived",
    "self_service",
    "needs_delivery",
    "hours",
)


def tariff_details(session: Session, tariff: Tariff, currency: str) -> TariffDetails:
    """Read a tariff as people type it; amounts in major units of ``currency``."""
    names = keys_of(session, [part.tariff_id for part in tariff.components])
    return TariffDetails(
        **{name: getattr(tariff, name) for name in PLAIN},
        titles=tariff.titles,
        counted=tariff.stock is not None,
        setup_fee=str(Money(tariff.setup_fee, currency)),
        prices=[
            PriceDetails(price.months, str(Money(price.amount, currency)), price.points)
            for price in tariff.prices
        ],
        options=[_option_details(option, currency) for option in tariff.options],
        components=[PartDetails(names[part.tariff_id], part.months) for part in tariff.components],
        allowed_groups=sorted(rule.group.key for rule in tariff.group_rules if rule.allowed),
        forbidden_groups=sorted(rule.group.key for rule in tariff.group_rules if not rule.allowed),
        countries=sorted(rule.country for rule in tariff.country_rules),
        requires_one_of=sorted(rule.required.key for rule in tariff.requirements),
    )


def _option_details(option: Option, currency: str) -> OptionDetails:
    return OptionDetails(
        key=option.key,
        titles=option.titles,
        unit=option.unit,
        included=option.included,
        step=option.step,
        maximum=option.maximum,
        price_per_unit_month=str(Money(option.price_per_unit_month, currency)),
        choices=list(option.choices),
    )


def keys_of(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Look up the keys of tariffs: id → key."""
    rows = session.execute(select(Tariff.id, Tariff.key).where(Tariff.id.in_(list(ids))))
    return {row.id: row.key for row in rows}
