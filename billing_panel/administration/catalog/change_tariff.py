"""Tariffs: what is sold, for how much, who may not buy it, and how many are in stock."""

from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.catalog.find_tariffs import find_tariff
from billing_panel.administration.catalog.tariff_details import (
    PLAIN,
    OptionDetails,
    PartDetails,
    PriceDetails,
    TariffDetails,
    tariff_details,
)
from billing_panel.administration.catalog.tariff_mistakes import TAKEN, mistakes, settled
from billing_panel.administration.details import validators
from billing_panel.administration.details.concurrent_changes import differences, refuse_stale
from billing_panel.catalog.models import (
    BundlePart,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Tariff,
)
from billing_panel.catalog.tariff_search import index_tariff
from billing_panel.kernel.database.row_locks import lock, lock_row
from billing_panel.kernel.database.unique_key_violations import refusing_taken
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import parse
from permissions.guard import require
from permissions.panel_functions import PanelFunction


def create_tariff(
    session: Session, provider_key: str, details: TariffDetails, *, actor: Actor, clock: Clock
) -> Tariff:
    """A counted one begins with an empty stock. Raises FunctionNotHeld, NotFound, Invalid."""
    require(actor, PanelFunction.TARIFF_CHANGE)
    provider = find_provider(session, actor, provider_key)
    _lock(session, provider, None, details)
    tariff = Tariff(provider_id=provider.id)
    _write(session, provider, tariff, details)
    record(
        session,
        "tariff.created",
        actor=actor,
        at=clock.now(),
        subject=("tariff", tariff.id),
        provider_id=provider.id,
        facts={"key": details.key},
    )
    return tariff


def change_tariff(
    session: Session,
    tariff_id: int,
    details: TariffDetails,
    *,
    seen: str | None = None,
    actor: Actor,
    clock: Clock,
) -> Tariff:
    """Beginning or ceasing to count changes the stock too, and so asks for both functions.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``changed_meanwhile``.
    """
    require(actor, PanelFunction.TARIFF_CHANGE)
    tariff, provider = find_tariff(session, actor, tariff_id)
    _lock(session, provider, tariff.id, details)
    now = tariff_details(session, tariff, provider.currency)
    refuse_stale(now, seen)
    validators.refuse_wrong(settled(details, now))
    if details.counted != now.counted:
        require(actor, PanelFunction.STOCK_CHANGE)
    _write(session, provider, tariff, details)
    if changes := differences(now, details):
        record(
            session,
            "tariff.changed",
            actor=actor,
            at=clock.now(),
            subject=("tariff", tariff.id),
            provider_id=provider.id,
            facts={"changes": changes},
        )
    return tariff


def _lock(
    session: Session, provider: Provider, tariff_id: int | None, details: TariffDetails
) -> None:
    """The tariff, and those it names: two who bundle each other's parts make no bundle of bundles.

    The tax classes of the provider stay as they are.
    """
    lock_row(session, provider, read=True)
    named = [*(part.tariff for part in details.components), *details.requires_one_of]
    rows = select(Tariff.id).where(
        Tariff.provider_id == provider.id, or_(Tariff.id == tariff_id, Tariff.key.in_(named))
    )
    lock(session, rows.order_by(Tariff.id).with_for_update())


def _write(session: Session, provider: Provider, tariff: Tariff, details: TariffDetails) -> None:
    """Raises Invalid."""
    named = [*(part.tariff for part in details.components), *details.requires_one_of]
    others = {
        row.key: row
        for row in session.scalars(
            select(Tariff).where(Tariff.provider_id == provider.id, Tariff.key.in_(named))
        )
    }
    groups = {row.key: row for row in session.scalars(select(ClientGroup))}
    validators.refuse_wrong(mistakes(session, provider, tariff, details, groups, others))
    with refusing_taken(session, {Tariff.key: TAKEN}):
        _write_plain(session, provider, tariff, details)
    _write_parts(tariff, details.components, others)
    _write_restrictions(tariff, details, groups, others)
    session.flush()
    index_tariff(session, tariff)


def _write_plain(
    session: Session, provider: Provider, tariff: Tariff, details: TariffDetails
) -> None:
    for name in PLAIN:
        setattr(tariff, name, getattr(details, name))
    tariff.titles = dict(details.titles)
    tariff.setup_fee = parse(details.setup_fee, provider.currency).minor
    tariff.stock = (tariff.stock or 0) if details.counted else None
    _write_prices(tariff, details.prices, provider.currency)
    _write_options(tariff, details.options, provider.currency)
    session.add(tariff)


def _write_prices(tariff: Tariff, prices: Sequence[PriceDetails], currency: str) -> None:
    there = {price.months: price for price in tariff.prices}
    kept = []
    for price in prices:
        row = there.get(price.months or 0) or Price(months=price.months)
        row.amount, row.points = parse(price.amount, currency).minor, price.points
        kept.append(row)
    tariff.prices = kept


def _write_options(tariff: Tariff, options: Sequence[OptionDetails], currency: str) -> None:
    there = {option.key: option for option in tariff.options}
    kept = []
    for position, option in enumerate(options):
        row = there.get(option.key) or Option(key=option.key)
        row.position = position
        row.titles = dict(option.titles)
        row.unit = option.unit
        row.included = option.included or 0
        row.step = option.step or 1
        row.maximum = option.maximum or 0
        row.price_per_unit_month = parse(option.price_per_unit_month, currency).minor
        row.choices = list(option.choices)
        kept.append(row)
    tariff.options = kept


def _write_parts(
    tariff: Tariff, parts: Sequence[PartDetails], others: Mapping[str, Tariff]
) -> None:
    there = {part.tariff_id: part for part in tariff.components}
    kept = []
    for position, part in enumerate(parts):
        inside = others[part.tariff].id
        row = there.get(inside) or BundlePart(tariff_id=inside)
        row.position, row.months = position, part.months or 0
        kept.append(row)
    tariff.components = kept


def _write_restrictions(
    tariff: Tariff,
    details: TariffDetails,
    groups: Mapping[str, ClientGroup],
    others: Mapping[str, Tariff],
) -> None:
    wanted = {
        **dict.fromkeys(details.allowed_groups, True),
        **dict.fromkeys(details.forbidden_groups, False),
    }
    rules = {rule.group_id: rule for rule in tariff.group_rules}
    kept = []
    for key, allowed in wanted.items():
        row = rules.get(groups[key].id) or GroupRule(group=groups[key])
        row.allowed = allowed
        kept.append(row)
    tariff.group_rules = kept
    countries = {rule.country: rule for rule in tariff.country_rules}
    tariff.country_rules = [
        countries.get(code) or CountryRule(country=code) for code in set(details.countries)
    ]
    needed = {rule.required_id: rule for rule in tariff.requirements}
    tariff.requirements = [
        needed.get(others[key].id) or Requirement(required=others[key])
        for key in set(details.requires_one_of)
    ]
