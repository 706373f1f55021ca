"""Tariffs: what is sold, for how much, to whom not, and how many there are."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.scope import find_provider, own_providers
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import ClientGroup
from billing_panel.administration.details import validators
from billing_panel.administration.details.changes import differences, refuse_stale
from billing_panel.catalog.models import (
    BundlePart,
    CountryRule,
    GroupRule,
    Option,
    Price,
    Requirement,
    Tariff,
)
from billing_panel.catalog.rules.facts import Availability, TariffKind
from billing_panel.catalog.tariff_search import enter_tariff
from billing_panel.kernel.database.locking import lock, lock_row
from billing_panel.kernel.database.unique import refusing_taken
from billing_panel.kernel.language.errors import FieldError, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.events import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money, parse
from permissions.functions import PanelFunction
from permissions.guard import require

MAX_MONTHS = 999
MAX_STOCK = 100_000_000


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


PLAIN = (
    "key",
    "kind",
    "category",
    "tax_class",
    "availability",
    "lead_time_days",
    "per_client_limit",
    "archived",
    "self_service",
    "needs_delivery",
    "hours",
)


def tariff_details(session: Session, tariff: Tariff, currency: str) -> TariffDetails:
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
    rows = session.execute(select(Tariff.id, Tariff.key).where(Tariff.id.in_(list(ids))))
    return {row.id: row.key for row in rows}


def tariffs_in_scope(actor: Actor) -> Select[Tariff]:
    own = select(Provider.id).where(own_providers(actor))
    return select(Tariff).where(Tariff.provider_id.in_(own)).options(selectinload(Tariff.prices))


def find_tariff(session: Session, actor: Actor, tariff_id: int) -> tuple[Tariff, Provider]:
    """Raises NotFound."""
    tariff = session.scalar(tariffs_in_scope(actor).where(Tariff.id == tariff_id))
    if tariff is None:
        raise NotFound(text("No such tariff, or you don’t have access to it."))
    return tariff, session.get_one(Provider, tariff.provider_id)


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


def change_stock(
    session: Session, tariff_id: int, by: int, reason: str, *, actor: Actor, clock: Clock
) -> int:
    """Put ``by`` pieces into stock, or take them out when negative; what is there afterwards.

    In one statement, so that an order placed meanwhile is not forgotten. Raises FunctionNotHeld,
    NotFound, Invalid, Refused ``not_counted`` or ``not_so_many``.
    """
    require(actor, PanelFunction.STOCK_CHANGE)
    tariff, provider = find_tariff(session, actor, tariff_id)
    validators.refuse_wrong(_wrong_movement(by, reason))
    lock_row(session, tariff)
    if tariff.stock is None:
        raise Refused(text("The stock of this tariff is not tracked."), code="not_counted")
    left = session.scalar(
        update(Tariff)
        .where(Tariff.id == tariff.id, Tariff.stock + by >= 0, Tariff.stock + by <= MAX_STOCK)
        .values(stock=Tariff.stock + by)
        .returning(Tariff.stock)
        .execution_options(synchronize_session=False)
    )
    if left is None:
        message = text("Only %(stock)s in stock.", stock=tariff.stock)
        raise Refused(message, code="not_so_many")
    record(
        session,
        "tariff.stock_changed",
        actor=actor,
        at=clock.now(),
        subject=("tariff", tariff.id),
        provider_id=provider.id,
        facts={"by": by, "left": left, "reason": reason},
    )
    return left


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


def _wrong_movement(by: int, reason: str) -> Iterator[FieldError]:
    if by == 0 or abs(by) > MAX_STOCK:
        message = text("Enter how many come in, or with a minus, how many go out.")
        yield FieldError("by", "number", message)
    yield from validators.filled("reason", reason)


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
    before = [tariff.key, *(option.key for option in tariff.options)]
    validators.refuse_wrong(
        [
            *_taken(session, provider, tariff, details.key),
            *_wrong(details, provider, before),
            *_wrong_prices(details.prices, provider.currency),
            *_wrong_options(details.options, provider.currency, before),
            *_wrong_parts(session, tariff, details, others),
            *_wrong_restrictions(details, groups, others),
        ]
    )
    with refusing_taken(session, {Tariff.key: TAKEN}):
        _write_plain(session, provider, tariff, details)
    _write_parts(tariff, details.components, others)
    _write_restrictions(tariff, details, groups, others)
    session.flush()
    enter_tariff(session, tariff)


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


TAKEN = FieldError("key", "taken", text("Another tariff already has this key."))


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
