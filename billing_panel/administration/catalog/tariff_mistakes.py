"""What is wrong with the details of a tariff: errors, each with its field."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.catalog.tariff_details import (
    MAX_MONTHS,
    OptionDetails,
    PriceDetails,
    TariffDetails,
)
from billing_panel.administration.details import validators
from billing_panel.catalog.models import (
    BundlePart,
    Tariff,
)
from billing_panel.catalog.rules.eligibility_facts import TariffKind
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text

TAKEN = FieldError("key", "taken", text("Another tariff already has this key."))


def mistakes(
    session: Session,
    provider: Provider,
    tariff: Tariff,
    details: TariffDetails,
    groups: Mapping[str, ClientGroup],
    others: Mapping[str, Tariff],
) -> Iterator[FieldError]:
    """All of them; ``groups`` and ``others``, the tariffs that ``details`` names, by their keys."""
    before = [tariff.key, *(option.key for option in tariff.options)]
    yield from _taken(session, provider, tariff, details.key)
    yield from _wrong(details, provider, before)
    yield from _wrong_prices(details.prices, provider.currency)
    yield from _wrong_options(details.options, provider.currency, before)
    yield from _wrong_parts(session, tariff, details, others)
    yield from _wrong_restrictions(details, groups, others)


def settled(details: TariffDetails, now: TariffDetails) -> Iterator[FieldError]:
    """Ask for the kind it has: orders and services stand on it."""
    if details.kind is not now.kind:
        message = text("The kind can’t be changed; add another tariff instead.")
        yield FieldError("kind", "settled", message)


def _taken(session: Session, provider: Provider, tariff: Tariff, key: str) -> Iterator[FieldError]:
    there = session.scalar(select(Tariff.id).filter_by(provider_id=provider.id, key=key))
    if there is not None and there != tariff.id:
        yield TAKEN


def _wrong(
    details: TariffDetails, provider: Provider, before: Collection[str]
) -> Iterator[FieldError]:
    yield from validators.key("key", details.key, before=before)
    yield from validators.titles("titles", details.titles)
    yield from validators.printable("titles", *details.titles.values())
    yield from validators.filled("category", details.category, most=100)
    yield from validators.amount("setup_fee", details.setup_fee, provider.currency)
    yield from validators.number("lead_time_days", details.lead_time_days)
    yield from validators.number("per_client_limit", details.per_client_limit, least=1)
    of_time = details.kind is TariffKind.TIME_PACKAGE
    yield from validators.number("hours", details.hours, least=1, needed=of_time)
    if details.tax_class not in {rate.tax_class for rate in provider.tax_rates}:
        message = text(
            "The provider has no rate for this tax class; add it on the provider’s page."
        )
        yield FieldError("tax_class", "unknown_tax_class", message)


def _wrong_prices(prices: Sequence[PriceDetails], currency: str) -> Iterator[FieldError]:
    if not prices:
        yield FieldError("prices", "required", text("Enter at least one price."))
    for place, price in enumerate(prices):
        at = f"prices.{place}"
        yield from validators.number(f"{at}.months", price.months, most=MAX_MONTHS, needed=True)
        yield from validators.amount(f"{at}.amount", price.amount, currency)
        yield from validators.number(f"{at}.points", price.points, most=10**9)
    yield from validators.different("prices", [price.months for price in prices])


def _wrong_options(
    options: Sequence[OptionDetails], currency: str, before: Collection[str]
) -> Iterator[FieldError]:
    for place, option in enumerate(options):
        at = f"options.{place}"
        yield from validators.key(f"{at}.key", option.key, before=before)
        yield from validators.titles(f"{at}.titles", option.titles)
        yield from validators.printable(f"{at}.titles", *option.titles.values(), *option.choices)
        yield from validators.short(f"{at}.unit", option.unit, most=32)
        yield from validators.amount(
            f"{at}.price_per_unit_month", option.price_per_unit_month, currency
        )
        yield from validators.number(f"{at}.included", option.included, needed=True)
        yield from validators.number(f"{at}.step", option.step, least=1, needed=True)
        yield from validators.number(f"{at}.maximum", option.maximum, needed=True)
        room, step = (option.maximum or 0) - (option.included or 0), option.step or 1
        if not option.choices and (room < step or room % step):
            message = text("Give choices, or make sure whole steps lead from included to maximum.")
            yield FieldError(f"{at}.maximum", "option_range", message)
    yield from validators.different("options", [option.key for option in options])


def _wrong_parts(
    session: Session, tariff: Tariff, details: TariffDetails, others: Mapping[str, Tariff]
) -> Iterator[FieldError]:
    parts = details.components
    if bool(parts) is not (details.kind is TariffKind.BUNDLE):
        message = text("A bundle must have parts; nothing else may have them.")
        yield FieldError("components", "bundle", message)
    for place, part in enumerate(parts):
        at = f"components.{place}"
        inside = others.get(part.tariff)
        if inside is None:
            yield from _no_tariff(f"{at}.tariff", part.tariff)
        elif inside.kind is TariffKind.BUNDLE:
            message = text("A bundle can’t be part of another bundle.")
            yield FieldError(f"{at}.tariff", "bundle", message)
        yield from validators.number(f"{at}.months", part.months, most=MAX_MONTHS, needed=True)
    yield from validators.different("components", [part.tariff for part in parts])
    if parts and _is_part(session, tariff.id):
        message = text("This tariff is part of a bundle, so it can’t be one.")
        yield FieldError("kind", "bundle", message)


def _is_part(session: Session, tariff_id: int) -> bool:
    found = select(BundlePart.bundle_id).filter_by(tariff_id=tariff_id).limit(1)
    return session.scalar(found) is not None


def _wrong_restrictions(
    details: TariffDetails, groups: Mapping[str, ClientGroup], others: Mapping[str, Tariff]
) -> Iterator[FieldError]:
    for name in ("allowed_groups", "forbidden_groups"):
        yield from validators.among(name, getattr(details, name), groups)
    if both := sorted(set(details.allowed_groups) & set(details.forbidden_groups)):
        message = text("These groups are both allowed and forbidden: %(keys)s.", keys=both)
        yield FieldError("forbidden_groups", "both", message)
    for code in details.countries:
        yield from validators.country("countries", code)
    for key in details.requires_one_of:
        if key == details.key or key not in others:
            yield from _no_tariff("requires_one_of", key)


def _no_tariff(field: str, key: str) -> Iterator[FieldError]:
    message = text("The provider has no other tariff %(key)s.", key=key)
    yield FieldError(field, "unknown_tariff", message)
