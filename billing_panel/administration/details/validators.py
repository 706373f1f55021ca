"""Checks for each kind of field. Each yields what is wrong."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from stdnum import bic, iban
from stdnum.ru import inn
from stdnum.us import rtn

from billing_panel.accounts.companies.check_digits import (
    is_account_of,
    is_bik,
    is_correspondent_of,
    is_eik,
    is_kpp,
    is_ogrn,
)
from billing_panel.kernel.files.printable_characters import cannot_print, without_glyph
from billing_panel.kernel.input.invisible_characters import is_visible, unseen_in
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import LANGUAGES, Text, Titles, text
from billing_panel.kernel.values.currencies import DECIMALS
from billing_panel.kernel.values.money import Money, MoneyError, digits, is_percentage, parse
from billing_panel.tax.territories import EU, vat_territory
from billing_panel.tax.vat_number import MAX_VAT_NUMBER, is_valid_vat_number

KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
WEB_ADDRESS = re.compile(r"https?://[^\s/?#@:\"'<>\\\\]+(:[0-9]{1,5})?([/?#][^\s\"'<>\\\\]*)?")
MAX_TEXT = 500
MAX_NUMBER = 1_000_000
# with the spaces that people part them by; what reckons check digits takes any length
MAX_IBAN, MAX_BIC = 64, 32
NO_TERRITORIES = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ"})

Found = Iterator[FieldError]


def refuse_wrong(errors: Iterable[FieldError]) -> None:
    """Raise Invalid with all of ``errors``, when there are any."""
    if found := [*errors]:
        raise Invalid(found)


def wrong(field: str, message: Text, code: str = "invalid") -> Found:
    """Yield this one error."""
    yield FieldError(field, code, message)


def filled(field: str, value: str, *, most: int = MAX_TEXT) -> Found:
    """Ask for something visible, of ``most`` characters at most."""
    if not is_visible(value):
        yield FieldError(field, "required", text("This field is required."))
    yield from short(field, value, most=most)


def short(field: str, value: str, *, most: int = MAX_TEXT) -> Found:
    """Ask for ``most`` characters at most; none at all are right too."""
    if len(value) > most:
        yield FieldError(field, "length", text("At most %(most)s characters.", most=most))


def printable(field: str, *values: str) -> Found:
    """It stands on documents, whose fonts have Latin, Greek and Cyrillic letters."""
    if lacking := without_glyph(values):
        yield FieldError(field, "no_glyph", cannot_print(lacking))


def key(field: str, value: str, *, before: Collection[str] = ()) -> Found:
    """``before``: the keys it had or its list had; what was once taken stays."""
    if not KEY.fullmatch(value):
        message = text("Lowercase Latin letters, digits, dots, dashes and underscores, at most 63.")
        yield FieldError(field, "key", message)
    elif value not in before:
        yield from _no_number(field, value)


def login(field: str, value: str, *, before: Collection[str] = ()) -> Found:
    """``before``: the login that was there; what was once taken stays."""
    if not LOGIN.fullmatch(value):
        message = text("Latin letters, digits and . _ @ + -, without spaces, at most 128.")
        yield FieldError(field, "login", message)
    elif value not in before:
        yield from _no_number(field, value)


def _no_number(field: str, value: str) -> Found:
    """An address takes a number or a name (``kernel.values.ids.addressed``): none may be both."""
    if value.isdecimal():
        message = text("Digits alone would be read as a number; add a letter.")
        yield FieldError(field, "only_digits", message)


def titles(field: str, by_language: Mapping[str, str]) -> Found:
    """At least one language has words; the others fall back to it."""
    if not is_visible(Titles(by_language).in_language("en")):
        yield FieldError(field, "required", text("Write it in at least one language."))
    yield from translations(field, by_language)


def translations(field: str, by_language: Mapping[str, str]) -> Found:
    """What is said in a language is seen; where nothing is said, another language stands."""
    for code, words in by_language.items():
        yield from language(field, code)
        if words and not is_visible(words):
            yield FieldError(f"{field}.{code}", "required", text("This field is required."))
        yield from short(f"{field}.{code}", words)


@cache
def territories() -> frozenset[str]:
    """The codes of ISO 3166-1; all names of the language are read for them, so at first use."""
    known = map(str, Locale("en").territories)
    return (
        frozenset(one for one in known if re.fullmatch("[A-Z]{2}", one, re.ASCII)) - NO_TERRITORIES
    )


def country(field: str, code: str) -> Found:
    """Ask for the code of a country (ISO 3166-1 alpha-2), in capital letters."""
    if code not in territories():
        message = text("Use the two capital letters of ISO 3166, such as BG.")
        yield FieldError(field, "country", message)


def currency(field: str, code: str) -> Found:
    """Ask for the code of a currency the panel knows (ISO 4217), in capital letters."""
    if code not in DECIMALS:
        message = text("Use the three capital letters of ISO 4217, such as EUR.")
        yield FieldError(field, "currency", message)


def language(field: str, code: str) -> Found:
    """Ask for a language the panel speaks."""
    if code not in LANGUAGES:
        yield FieldError(field, "language", text("Choose one of: %(known)s.", known=LANGUAGES))


def timezone(field: str, name: str) -> Found:
    """Ask for the name of an IANA time zone."""
    if name not in available_timezones():
        message = text("Use a time zone such as Europe/Sofia.")
        yield FieldError(field, "timezone", message)


def email(field: str, address: str) -> Found:
    """Ask for what looks like an address and has nothing invisible in it; empty is right too."""
    if address and not EMAIL.fullmatch(address):
        message = text("An e-mail address looks like name@example.com.")
        yield FieldError(field, "email", message)
    elif (unseen := unseen_in(address)) is not None:
        code = f"U+{ord(unseen):04X}"
        message = text(
            "It contains an invisible character (%(code)s): type it again by hand.",
            code=code,
        )
        yield FieldError(field, "email", message)
    yield from short(field, address)


def web_address(field: str, address: str, *holding: str) -> Found:
    """An address of the web that a browser may be led to; each of ``holding`` stands in it."""
    yield from short(field, address)
    if not address:
        return
    if not WEB_ADDRESS.fullmatch(address):
        message = text("Use a whole address, such as https://example.com/page.")
        yield FieldError(field, "web_address", message)
    for part in holding:
        if part not in address:
            message = text("Write %(part)s where it belongs in the address.", part=part)
            yield FieldError(field, "web_address", message)


def emails(field: str, addresses: Sequence[str], *, most: int) -> Found:
    """Ask for ``most`` addresses at most, each right; none are right too."""
    if len(addresses) > most:
        yield FieldError(field, "too_many", text("At most %(most)s addresses.", most=most))
    for address in addresses[:most]:
        if found := [*email(field, address)]:
            wrong_one = text("%(address)s: %(what)s", address=address, what=found[0].message)
            yield FieldError(field, "email", wrong_one)
            return


def vat_number(field: str, number: str, of_country: str) -> Found:
    """Asked only where the EU's rules for VAT numbers hold."""
    in_eu = vat_territory(of_country) in EU
    if number and in_eu and not is_valid_vat_number(number, of_country):
        message = text(
            "This is not a VAT number of %(country)s: check its letters and digits.",
            country=of_country,
        )
        yield FieldError(field, "vat_number", message)
    yield from short(field, number, most=MAX_VAT_NUMBER)


def bank_iban(field: str, number: str) -> Found:
    """Ask for an IBAN with right check digits; empty is right too."""
    if number and (len(number) > MAX_IBAN or not iban.is_valid(number)):
        message = text("This IBAN is not valid: its check digits are wrong.")
        yield FieldError(field, "iban", message)


def bank_bic(field: str, code: str) -> Found:
    """Ask for a valid BIC (ISO 9362); empty is right too."""
    if code and (len(code) > MAX_BIC or not bic.is_valid(code)):
        message = text("A BIC has 8 or 11 letters and digits, such as BNBGBGSD.")
        yield FieldError(field, "bic", message)


def bank_account(field: str, number: str, of_country: str, bik: str) -> Found:
    """A Russian account has a key that its bank's БИК goes into."""
    if number and of_country == "RU" and not is_account_of(number, bik):
        message = text(
            "This account is not valid at the bank with this BIK: its check digit is wrong."
        )
        yield FieldError(field, "account_key", message)


def correspondent_account(field: str, number: str, of_country: str, bik: str) -> Found:
    """Ask for an account that its bank's БИК goes with, in Russia alone; empty is right too."""
    if number and of_country == "RU" and not is_correspondent_of(number, bik):
        message = text("This correspondent account doesn’t belong to the bank with this BIK.")
        yield FieldError(field, "account_key", message)


def bik(field: str, code: str, of_country: str) -> Found:
    """Ask for a БИК in Russia, for a routing number in the United States; empty is right too."""
    if code and of_country == "RU" and not is_bik(code):
        yield FieldError(field, "bik", text("A BIK has nine digits, such as 044525225."))
    elif code and of_country == "US" and not rtn.is_valid(code):
        message = text("This routing number is not valid: its check digit is wrong.")
        yield FieldError(field, "routing_number", message)


def registration_number(field: str, number: str, of_country: str) -> Found:
    """ЕИК in Bulgaria, ОГРН or ОГРНИП in Russia; elsewhere whatever it is."""
    if number and of_country == "BG" and not is_eik(number):
        yield FieldError(field, "eik", text("This EIK is not valid: its check digit is wrong."))
    elif number and of_country == "RU" and not is_ogrn(number):
        message = text("This OGRN or OGRNIP is not valid: its check digit is wrong.")
        yield FieldError(field, "ogrn", message)


def tax_number(field: str, number: str, of_country: str) -> Found:
    """Ask for an ИНН with right check digits, in Russia alone; empty is right too."""
    if number and of_country == "RU" and not inn.is_valid(number):
        yield FieldError(field, "inn", text("This INN is not valid: its check digits are wrong."))


def tax_registration_reason(field: str, code: str, of_country: str) -> Found:
    """Ask for what is written as a КПП, in Russia alone; empty is right too."""
    if code and of_country == "RU" and not is_kpp(code):
        yield FieldError(field, "kpp", text("A KPP has nine digits, such as 770101001."))


def amount(field: str, written: str, of_currency: str, *, least: int = 0) -> Found:
    """Plain digits in major units, not negative; of an unknown currency nothing is told.

    ``least``: minor units.
    """
    if of_currency not in DECIMALS:
        return
    try:
        minor = parse(written, of_currency).minor
        if minor < 0:
            message = text("The amount can’t be negative.")
            yield FieldError(field, "invalid_amount", message)
        elif minor < least:
            yield FieldError(field, "invalid_amount", text("Enter an amount above zero."))
    except MoneyError:
        message = text(
            "Write the amount in plain digits, such as %(example)s.",
            example=str(Money(10 ** digits(of_currency), of_currency)),
        )
        yield FieldError(field, "invalid_amount", message)


def number(
    field: str, value: int | None, *, least: int = 0, most: int = MAX_NUMBER, needed: bool = False
) -> Found:
    """Ask for a whole number in these bounds. None, not filled in, is wrong where ``needed``."""
    if value is None:
        if needed:
            yield FieldError(field, "required", text("This field is required."))
    elif not least <= value <= most:
        message = text("Use a whole number from %(least)s to %(most)s.", least=least, most=most)
        yield FieldError(field, "number", message)


def percent(field: str, value: Decimal | None) -> Found:
    """Ask for 0 to 100 with at most four decimals. None, not filled in, is wrong."""
    if value is None or not is_percentage(value):
        message = text("Use a percentage from 0 to 100, with at most four decimals.")
        yield FieldError(field, "percent", message)


def among(field: str, chosen: Iterable[str], known: Iterable[str]) -> Found:
    """Ask for known keys alone; one error names all the others."""
    if unknown := sorted(set(chosen) - set(known)):
        yield FieldError(field, "unknown", text("These don’t exist: %(keys)s.", keys=unknown))


def different(field: str, values: Sequence[object]) -> Found:
    """``field`` is the name of a list; of equal values the later is told."""
    seen: set[object] = set()
    for place, value in enumerate(values):
        if value in seen:
            message = text("This appears here twice.")
            yield FieldError(f"{field}.{place}", "twice", message)
        seen.add(value)
