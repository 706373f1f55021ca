"""Providers: entered and changed with all that belongs to them alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.firms.providers import (
    DeliveryService,
    MethodKind,
    PaymentMethod,
    Provider,
    TaxRate,
)
from billing_panel.accounts.firms.series import SeriesError, check_series, is_ten_digits
from billing_panel.accounts.people.staff import staff_provider
from billing_panel.administration.details import validators
from billing_panel.administration.details.changes import differences, refuse_stale
from billing_panel.administration.details.credit_floors import move_floors
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.database.locking import lock_row
from billing_panel.kernel.database.unique import refusing_taken
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, text
from billing_panel.kernel.tables.events import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money, parse
from permissions.functions import PanelFunction
from permissions.guard import require

SERIES = ("series_proforma", "series_fiscal")
FIRST = ("first_proforma", "first_fiscal")
# ten digits, as Bulgaria has them
MOST_FIRST = 9_999_999_999
# they stand on documents
PRINTED = ("name", "legal_name", "address", "phone", "email", "bank_name", *SERIES)
SHORT = (
    "registration_number",
    "tax_number",
    "tax_registration_reason",
    "phone",
    "bank_name",
    "bank_account",
    "bank_correspondent",
    "bank_bik",
)


@dataclass(frozen=True)
class RateDetails:
    tax_class: str
    since: date | None
    percent: Decimal | None


@dataclass(frozen=True)
class MethodDetails:
    """``gateway``: the key of the payment system behind ``card_gateway``."""

    kind: MethodKind
    client_may_choose: bool = True
    staff_may_take: bool = True
    gateway: str | None = None

    @property
    def is_offered(self) -> bool:
        return self.client_may_choose or self.staff_may_take


@dataclass(frozen=True)
class DeliveryDetails:
    """``price`` in major units, as typed."""

    key: str
    titles: Mapping[str, str]
    price: str
    tax_class: str
    offered: bool = True


@dataclass(frozen=True)
class ProviderDetails:
    """Key, currency and whether prices include tax are settled when the provider is entered.

    ``points_for``: the money that earns one point, in major units as typed; empty: none does.
    """

    key: str
    name: str
    legal_name: str
    country: str
    address: str
    currency: str
    registration_number: str = ""
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    email: str = ""
    phone: str = ""
    language: str = DEFAULT_LANGUAGE
    timezone: str = "UTC"
    prices_include_tax: bool = False
    payment_terms_days: int | None = 14
    series_proforma: str = "PF-{year}-{number:06}"
    series_fiscal: str = "{number:010}"
    first_proforma: int | None = 1
    first_fiscal: int | None = 1
    bank_name: str = ""
    bank_iban: str = ""
    bank_bic: str = ""
    bank_account: str = ""
    bank_correspondent: str = ""
    bank_bik: str = ""
    balance_may_go_below: bool = False
    credit_covers_debt: bool = False
    points_for: str = ""
    points_last_days: int | None = None
    exceptions_allowed: bool = False
    tax_rates: Sequence[RateDetails] = field(default_factory=list)
    payment_methods: Sequence[MethodDetails] = field(default_factory=list)
    delivery_services: Sequence[DeliveryDetails] = field(default_factory=list)


SETTLED = ("key", "currency", "prices_include_tax")
LISTS = ("tax_rates", "payment_methods", "delivery_services")
PLAIN = tuple(
    name for name in ProviderDetails.__dataclass_fields__ if name not in {*LISTS, "points_for"}
)


def provider_details(provider: Provider) -> ProviderDetails:
    return ProviderDetails(
        **{name: getattr(provider, name) for name in PLAIN},
        points_for=str(Money(provider.points_for, provider.currency))
        if provider.points_for
        else "",
        tax_rates=[
            RateDetails(rate.tax_class, rate.since, rate.percent) for rate in provider.tax_rates
        ],
        payment_methods=[
            MethodDetails(
                method.kind, method.client_may_choose, method.staff_may_take, method.gateway
            )
            for method in provider.payment_methods
            if method.client_may_choose or method.staff_may_take
        ],
        delivery_services=[
            DeliveryDetails(
                key=service.key,
                titles=service.titles,
                price=str(Money(service.price, provider.currency)),
                tax_class=service.tax_class,
                offered=service.offered,
            )
            for service in provider.delivery_services
        ],
    )


def create_provider(
    session: Session,
    details: ProviderDetails,
    *,
    gateways: Collection[str] = (),
    actor: Actor,
    clock: Clock,
) -> Provider:
    """Whoever enters a provider works for it from then on; ``gateways``: those there are keys for.

    Raises FunctionNotHeld, Invalid.
    """
    require(actor, PanelFunction.PROVIDER_CREATE)
    wrong = [*_taken(session, details.key), *_unknown_gateway(details, gateways)]
    validators.refuse_wrong([*_wrong(details, ()), *_wrong_numbers(details), *wrong])
    provider = Provider(**{name: getattr(details, name) for name in PLAIN})
    provider.points_for = _minor(details.points_for, details.currency)
    with refusing_taken(session, {Provider.key: TAKEN}):
        session.add(provider)
        _write_lists(provider, details)
    if actor.staff_id is not None:
        values = {"staff_id": actor.staff_id, "provider_id": provider.id}
        session.execute(insert(staff_provider).values(**values))
    record(
        session,
        "provider.created",
        actor=actor,
        at=clock.now(),
        subject=("provider", provider.id),
        provider_id=provider.id,
    )
    return provider


def change_provider(
    session: Session,
    key: str,
    details: ProviderDetails,
    *,
    seen: str | None = None,
    gateways: Collection[str] = (),
    actor: Actor,
    clock: Clock,
) -> Provider:
    """Raises FunctionNotHeld, NotFound, Conflict ``changed_meanwhile``.

    And Invalid, ``below_floor`` when balances that stand below zero may do so no more.
    """
    require(actor, PanelFunction.PROVIDER_CHANGE)
    provider = find_provider(session, actor, key)
    # orders, which refer to the provider, are not kept waiting
    lock_row(session, provider, key_share=True)
    now = provider_details(provider)
    refuse_stale(now, seen)
    # one whose keys were taken away may stay
    known = {*gateways, *(method.gateway for method in now.payment_methods)}
    wrong = [*_still_used(session, provider, details, now), *_unknown_gateway(details, known)]
    before = [now.key, *(service.key for service in now.delivery_services)]
    validators.refuse_wrong([*_wrong(details, before), *_wrong_numbers(details, now), *wrong])
    for name in PLAIN:
        setattr(provider, name, getattr(details, name))
    provider.points_for = _minor(details.points_for, provider.currency)
    _write_lists(provider, details)
    if details.balance_may_go_below != now.balance_may_go_below:
        move_floors(session, provider)
    if changes := differences(now, details):
        record(
            session,
            "provider.changed",
            actor=actor,
            at=clock.now(),
            subject=("provider", provider.id),
            provider_id=provider.id,
            facts={"changes": changes},
        )
    return provider


def _minor(amount: str, currency: str) -> int | None:
    return parse(amount, currency).minor if amount else None


# What stands in addresses where the key of a provider stands in others.
ADDRESSES = frozenset({"new"})
TAKEN = FieldError("key", "taken", text("Another provider already has this key."))


def _taken(session: Session, key: str) -> Iterator[FieldError]:
    if session.scalar(select(Provider.id).filter_by(key=key)) is not None:
        yield TAKEN
    if key in ADDRESSES:
        message = text("This word is one of the panel’s own addresses; choose another.")
        yield from validators.wrong("key", message, "taken")


def _unknown_gateway(
    details: ProviderDetails, known: Collection[str | None]
) -> Iterator[FieldError]:
    chosen = {method.gateway for method in details.payment_methods} - {None}
    if chosen - set(known):
        message = text("There is no such payment system; its keys must be set in the environment.")
        yield FieldError("payment_gateway", "unknown_gateway", message)


def _wrong(details: ProviderDetails, before: Collection[str]) -> Iterator[FieldError]:
    yield from validators.key("key", details.key, before=before)
    for name in ("name", "legal_name", "address"):
        yield from validators.filled(name, getattr(details, name))
    for name in SHORT:
        yield from validators.short(name, getattr(details, name))
    for name in PRINTED:
        yield from validators.printable(name, getattr(details, name))
    yield from validators.country("country", details.country)
    yield from validators.currency("currency", details.currency)
    yield from validators.language("language", details.language)
    yield from validators.timezone("timezone", details.timezone)
    yield from validators.email("email", details.email)
    yield from validators.vat_number("vat_number", details.vat_number, details.country)
    yield from validators.number(
        "payment_terms_days", details.payment_terms_days, most=365, needed=True
    )
    yield from validators.bank_iban("bank_iban", details.bank_iban)
    yield from validators.bank_bic("bank_bic", details.bank_bic)
    for name in SERIES:
        yield from _wrong_series(name, getattr(details, name), details.country)
    for name in FIRST:
        yield from validators.number(
            name, getattr(details, name), least=1, most=MOST_FIRST, needed=True
        )
    if details.points_for:
        yield from validators.amount("points_for", details.points_for, details.currency, least=1)
    yield from validators.number("points_last_days", details.points_last_days, least=1, most=36_500)
    yield from _wrong_rates(details.tax_rates)
    yield from _wrong_services(details, before)


def _wrong_numbers(
    details: ProviderDetails, now: ProviderDetails | None = None
) -> Iterator[FieldError]:
    """What was entered before these were looked at may stay until it is changed."""
    country, bik = details.country, details.bank_bik
    of_country = {
        "registration_number": validators.registration_number,
        "tax_number": validators.tax_number,
        "tax_registration_reason": validators.tax_registration_reason,
        "bank_bik": validators.bik,
    }
    for name, check in of_country.items():
        if _is_new(details, now, name, "country"):
            yield from check(name, getattr(details, name), country)
    of_bank = {
        "bank_account": validators.bank_account,
        "bank_correspondent": validators.correspondent_account,
    }
    for name, check_key in of_bank.items():
        if _is_new(details, now, name, "bank_bik", "country"):
            yield from check_key(name, getattr(details, name), country, bik)


def _is_new(details: ProviderDetails, now: ProviderDetails | None, *names: str) -> bool:
    return now is None or any(getattr(details, name) != getattr(now, name) for name in names)


def _wrong_series(field: str, series: str, of_country: str) -> Iterator[FieldError]:
    try:
        check_series(series)
        if of_country == "BG" and field == "series_fiscal" and not is_ten_digits(series):
            message = text(
                "In Bulgaria an invoice number has ten digits and nothing else,"
                " such as {number:010}, and the numbering never restarts."
            )
            yield FieldError(field, "ten_digits", message)
    except SeriesError:
        message = text(
            "A series is text with {number} in it, such as NH-{year}-{number:06}.",
        )
        yield FieldError(field, "series", message)
    yield from validators.short(field, series, most=32)


def _wrong_rates(rates: Sequence[RateDetails]) -> Iterator[FieldError]:
    for place, rate in enumerate(rates):
        at = f"tax_rates.{place}"
        yield from validators.filled(f"{at}.tax_class", rate.tax_class, most=32)
        if rate.since is None:
            yield FieldError(
                f"{at}.since", "required", text("Enter the day from which the rate applies.")
            )
        yield from validators.percent(f"{at}.percent", rate.percent)
    yield from validators.different("tax_rates", [(rate.tax_class, rate.since) for rate in rates])


def _wrong_services(details: ProviderDetails, before: Collection[str]) -> Iterator[FieldError]:
    classes = {rate.tax_class for rate in details.tax_rates}
    for place, service in enumerate(details.delivery_services):
        at = f"delivery_services.{place}"
        yield from validators.key(f"{at}.key", service.key, before=before)
        yield from validators.titles(f"{at}.titles", service.titles)
        yield from validators.printable(f"{at}.titles", *service.titles.values())
        yield from validators.amount(f"{at}.price", service.price, details.currency)
        if service.tax_class not in classes:
            message = text("The provider has no rate for this tax class; add one above.")
            yield FieldError(f"{at}.tax_class", "unknown_tax_class", message)
    keys = [service.key for service in details.delivery_services]
    yield from validators.different("delivery_services", keys)


def _still_used(
    session: Session, provider: Provider, details: ProviderDetails, now: ProviderDetails
) -> Iterator[FieldError]:
    """What tariffs, orders or prices stand on cannot be taken from under them."""
    for name in SETTLED:
        if getattr(details, name) != getattr(now, name):
            message = text("This can’t be changed once the provider is added.")
            yield FieldError(name, "settled", message)
    used = set(session.scalars(select(Tariff.tax_class).filter_by(provider_id=provider.id)))
    if missing := sorted(used - {rate.tax_class for rate in details.tax_rates}):
        message = text("Tariffs use these tax classes: %(classes)s.", classes=missing)
        yield FieldError("tax_rates", "in_use", message)
    kept = {service.key for service in details.delivery_services}
    if gone := sorted({service.key for service in now.delivery_services} - kept):
        message = text(
            "Orders may refer to these services; switch them off instead: %(keys)s.", keys=gone
        )
        yield FieldError("delivery_services", "in_use", message)


def _write_lists(provider: Provider, details: ProviderDetails) -> None:
    _write_rates(provider, details.tax_rates)
    _write_methods(provider, details.payment_methods)
    _write_services(provider, details.delivery_services)


def _write_rates(provider: Provider, rates: Sequence[RateDetails]) -> None:
    there: dict[tuple[str, date | None], TaxRate] = {
        (rate.tax_class, rate.since): rate for rate in provider.tax_rates
    }
    kept = []
    for rate in rates:
        row = there.get((rate.tax_class, rate.since)) or TaxRate(
            tax_class=rate.tax_class, since=rate.since
        )
        row.percent = rate.percent or Decimal(0)
        kept.append(row)
    provider.tax_rates = kept


def _write_methods(provider: Provider, methods: Sequence[MethodDetails]) -> None:
    """A method that is left out is no longer offered; orders may be paid by it still."""
    there = {method.kind: method for method in provider.payment_methods}
    named = {method.kind: method for method in methods}
    for kind in [*named, *(kind for kind in there if kind not in named)]:
        details = named.get(
            kind, MethodDetails(kind, client_may_choose=False, staff_may_take=False)
        )
        row = there.get(kind)
        if row is None and not details.is_offered:
            continue
        if row is None:
            row = PaymentMethod(key=kind.value, kind=kind)
            provider.payment_methods.append(row)
        row.position = [*named, kind].index(kind)
        row.client_may_choose = details.client_may_choose
        row.staff_may_take = details.staff_may_take
        row.gateway = details.gateway if kind is MethodKind.CARD_GATEWAY else None


def _write_services(provider: Provider, services: Sequence[DeliveryDetails]) -> None:
    there = {service.key: service for service in provider.delivery_services}
    for service in services:
        row = there.get(service.key)
        if row is None:
            row = DeliveryService(key=service.key)
            provider.delivery_services.append(row)
        row.titles = dict(service.titles)
        row.price = parse(service.price, provider.currency).minor
        row.tax_class = service.tax_class
        row.offered = service.offered
