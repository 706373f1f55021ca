"""What is wrong with the details of a provider: errors, each with its field."""

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.document_number_format import (
    SeriesError,
    check_series,
    is_ten_digits,
)
from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.accounts.companies.provider_models import CODE, Provider
from billing_panel.accounts.people.client_models import ClientGroup
from billing_panel.administration.details import validators
from billing_panel.administration.details.address_fields import wrong_address
from billing_panel.administration.providers.provider_details import (
    FIRST,
    OWN_SERIES,
    SERIES,
    SETTLED,
    ProviderDetails,
    RateDetails,
)
from billing_panel.catalog.models import Tariff
from billing_panel.kernel.language.errors import FieldError
from billing_panel.kernel.language.text import text
from billing_panel.tax.territories import EU

# ten digits, as Bulgaria has them
MOST_FIRST = 9_999_999_999


# they stand on documents
PRINTED = ("name", "legal_name", "phone", "email", "bank_name", *SERIES, *OWN_SERIES)


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


# What stands in addresses where the key of a provider stands in others.
ADDRESSES = frozenset({"lines", "new"})


TAKEN = FieldError("key", "taken", text("Another provider already has this key."))


def taken(session: Session, key: str) -> Iterator[FieldError]:
    """Yield what is wrong with a new key: another provider has it, or an address of the panel."""
    if session.scalar(select(Provider.id).filter_by(key=key)) is not None:
        yield TAKEN
    if key in ADDRESSES:
        message = text("This word is one of the panel’s own addresses; choose another.")
        yield from validators.wrong("key", message, "taken")


def unknown_gateway(
    details: ProviderDetails, known: Collection[str | None]
) -> Iterator[FieldError]:
    """Yield an error where a payment system is chosen that is not among ``known``."""
    chosen = {method.gateway for method in details.payment_methods} - {None}
    if chosen - set(known):
        message = text("There is no such payment system; its keys must be set in the environment.")
        yield FieldError("payment_gateway", "unknown_gateway", message)


def wrong_registration(
    session: Session, details: ProviderDetails, *, can_open: bool
) -> Iterator[FieldError]:
    """Registration is confirmed by e-mail, and puts clients into a group there is."""
    if details.registration_open and not can_open:
        message = text("Mail is not set up here, so nobody could confirm their address.")
        yield FieldError("registration_open", "mail_not_set_up", message)
    if key := details.registration_group:
        known = session.scalars(select(ClientGroup.key).filter_by(key=key)).all()
        yield from validators.among("registration_group", [key], known)


def wrong_details(
    details: ProviderDetails, before: Collection[str], now: ProviderDetails | None = None
) -> Iterator[FieldError]:
    """Yield what is wrong with the fields by themselves; keys in ``before`` may stay."""
    yield from validators.key("key", details.key, before=before)
    for name in ("name", "legal_name", "address"):
        yield from validators.filled(name, getattr(details, name))
    yield from wrong_address(details, now)
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
    yield from _wrong_own_series(details)
    for name in FIRST:
        yield from validators.number(
            name, getattr(details, name), least=1, most=MOST_FIRST, needed=True
        )
    if details.points_for:
        yield from validators.amount("points_for", details.points_for, details.currency, least=1)
    yield from validators.number("points_last_days", details.points_last_days, least=1, most=36_500)
    yield from _wrong_terms(details)
    yield from _wrong_tax(details)
    yield from _wrong_e_invoicing(details)
    yield from _wrong_rates(details.tax_rates)
    yield from _wrong_services(details, before)


def _wrong_tax(details: ProviderDetails) -> Iterator[FieldError]:
    """Tax that is shown is owed (Directive 2006/112/EC, Article 203): who shows it has a number."""
    if details.country not in EU:
        if details.one_stop_shop:
            message = text("The One Stop Shop is for providers in the EU.")
            yield FieldError("one_stop_shop", "not_in_the_eu", message)
        return
    if details.charges_tax and not details.vat_number:
        message = text("Enter the VAT number, or switch “Charges VAT or sales tax” off.")
        yield FieldError("vat_number", "vat_number_missing", message)
    if details.one_stop_shop and not details.charges_tax:
        message = text("Who uses the One Stop Shop charges VAT: switch that on too.")
        yield FieldError("one_stop_shop", "no_tax_charged", message)


def _wrong_e_invoicing(details: ProviderDetails) -> Iterator[FieldError]:
    """What each e-invoice would lack is said here, once (EN 16931 BR-CO-26, Peppol R020)."""
    wanted = details.e_invoicing
    if wanted is EInvoicing.PEPPOL and not details.vat_number:
        message = text("Peppol finds companies by their VAT number: enter it, or choose Factur-X.")
        yield FieldError("e_invoicing", "vat_number_missing", message)
    elif wanted is EInvoicing.PEPPOL and details.country == "DE" and not _can_be_asked(details):
        message = text(
            "In Germany, Peppol requires a phone number and an e-mail address: enter both."
        )
        yield FieldError("e_invoicing", "contact_missing", message)
    elif wanted is not EInvoicing.OFF and not (details.vat_number or details.registration_number):
        message = text("An e-invoice names its seller: enter a registration number or VAT number.")
        yield FieldError("e_invoicing", "seller_unnamed", message)


def _can_be_asked(details: ProviderDetails) -> bool:
    return bool(details.phone and details.email)


def wrong_numbers(
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


def _wrong_own_series(details: ProviderDetails) -> Iterator[FieldError]:
    """Kinds that have their own numbers have numbers unlike those of the others."""
    others = [getattr(details, name) for name in SERIES]
    for name in OWN_SERIES:
        series = getattr(details, name)
        if not series:
            continue
        yield from _wrong_series(name, series, details.country)
        if series in others:
            message = text("Other documents have these numbers; choose another format.")
            yield FieldError(name, "same_series", message)
        others.append(series)
    if details.country == "BG" and details.series_credit_note:
        message = text("In Bulgaria credit notes are numbered with invoices; leave this empty.")
        yield FieldError("series_credit_note", "one_series", message)


def _wrong_terms(details: ProviderDetails) -> Iterator[FieldError]:
    yield from validators.short("terms_version", details.terms_version, most=64)
    yield from validators.web_address("terms_url", details.terms_url)
    if not any((details.terms_titles, details.terms_url, details.terms_version)):
        return
    yield from validators.titles("terms_titles", details.terms_titles)
    yield from validators.filled("terms_url", details.terms_url, most=500)
    yield from validators.filled("terms_version", details.terms_version)


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
        yield from validators.web_address(f"{at}.tracking_url", service.tracking_url, CODE)
        if service.tax_class not in classes:
            message = text("The provider has no rate for this tax class; add one above.")
            yield FieldError(f"{at}.tax_class", "unknown_tax_class", message)
    keys = [service.key for service in details.delivery_services]
    yield from validators.different("delivery_services", keys)


def still_used(
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
