"""How templates write money, points, moments and days, in the language of the request."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from babel.numbers import format_percent
from babel.units import format_unit
from flask import Flask

from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.calendar_dates import as_hours
from billing_panel.kernel.values.money import POINTS, Money, digits, show
from billing_panel.kernel.values.money_writer import money_writer
from billing_panel.tax.supply import SupplyTax, TaxCategory
from billing_panel.web.shell.i18n import ngettext
from billing_panel.web.shell.request_context import language

# of few numbers, again and again
WORDS_KEPT = 1_000
MINUS = "\N{MINUS SIGN}"
HIDDEN = "\N{EM DASH}"
UNTAXED: Mapping[TaxCategory, Text] = {
    TaxCategory.EXEMPT: text("VAT, not charged"),
    TaxCategory.REVERSE_CHARGE: text("VAT, reverse charge"),
    TaxCategory.INTRA_COMMUNITY: text("VAT, intra-Community supply"),
    TaxCategory.EXPORT: text("VAT, export"),
    TaxCategory.OUT_OF_SCOPE: text("VAT, supplied abroad"),
}


def install(app: Flask) -> None:
    """Give templates the filters of this module, and ``say``."""
    app.jinja_env.filters.update(
        amount=amount,
        day=day,
        days=days,
        digits=digits,
        in_currency=in_currency,
        in_time=in_time,
        initials=initials,
        moment=moment,
        money=money,
        percent=percent,
        period=period,
        hours=as_hours,
        points=points,
        say=lambda words: say(words, language()),
        tax_words=tax_words,
    )


def money(minor: int | None, currency: str) -> str:
    """Minor units of ``currency``, ``€1,284.50``; what is less than nothing has a real minus.

    None: an amount that is not for whoever looks.
    """
    if minor is None:
        return HIDDEN
    return money_writer(currency, language())(minor)


def amount(value: Money) -> str:
    """Write an amount of money, or of points."""
    return in_currency(value.minor, value.currency)


def in_currency(minor: int | None, currency: str) -> str:
    """Of points their number with the word, else money."""
    return points(minor) if currency == POINTS else money(minor, currency)


def points(number: int | None) -> str:
    """``3,250 points``. None: not for whoever looks."""
    if number is None:
        return HIDDEN
    shown = show(Money(number, POINTS), language()).replace("-", MINUS)
    return ngettext("%(shown)s point", "%(shown)s points", number, shown=shown)


def moment(at: datetime, timezone: str) -> str:
    """Date and time where the provider is, ``21.11.2026 14:32`` (P3)."""
    return f"{at.astimezone(ZoneInfo(timezone)):%d.%m.%Y %H:%M}"


def day(value: date) -> str:
    """``06.12.2026``, as moments are written too (P3)."""
    return f"{value:%d.%m.%Y}"


def in_time(seconds: int) -> str:
    """``in 3 days``, ``2 hours ago``."""
    return str(format_timedelta(timedelta(seconds=seconds), add_direction=True, locale=language()))


def percent(value: Decimal) -> str:
    """``20 %``, as the language writes it."""
    return _percent(value, language())


@lru_cache(maxsize=WORDS_KEPT)
def _percent(value: Decimal, locale: str) -> str:
    return str(format_percent(value / 100, locale=locale, decimal_quantization=False))


def tax_words(levied: SupplyTax, *, inside: bool) -> str:
    """What a row of tax is called: its rate, or why there is none. ``inside``: prices have it."""
    if levied.category in UNTAXED:
        return say(UNTAXED[levied.category], language())
    rate = percent(levied.percent)
    if inside:
        return say(text("including VAT %(rate)s", rate=rate), language())
    return say(text("VAT %(rate)s", rate=rate), language())


def initials(name: str) -> str:
    """``"Maria Koleva"`` → ``"MK"``."""
    words = re.findall(r"\w+", name)
    return "".join(word[0] for word in words[:2]).upper()


def days(number: int) -> str:
    """Write a number of days, ``14 days``."""
    return _in_unit(number, "day", language())


def period(months: int) -> str:
    """``12 months``; what is sold once has no period."""
    return _in_unit(months, "month", language()) if months else ""


@lru_cache(maxsize=WORDS_KEPT)
def _in_unit(number: int, unit: str, locale: str) -> str:
    return str(format_unit(number, unit, locale=locale))
