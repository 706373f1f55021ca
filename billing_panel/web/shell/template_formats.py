"""How templates write money, points, moments and days, in the language of the request."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_timedelta
from babel.numbers import format_percent
from babel.units import format_unit
from flask import Flask

from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.money import POINTS, Money, digits, show
from billing_panel.web.shell.i18n import ngettext
from billing_panel.web.shell.request_context import language

MINUS = "\N{MINUS SIGN}"
HIDDEN = "\N{EM DASH}"


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
        points=points,
        say=lambda words: say(words, language()),
    )


def money(minor: int | None, currency: str) -> str:
    """Minor units of ``currency``, ``€1,284.50``; what is less than nothing has a real minus.

    None: an amount that is not for whoever looks.
    """
    if minor is None:
        return HIDDEN
    return show(Money(minor, currency), language()).replace("-", MINUS)


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
    return str(format_percent(value / 100, locale=language(), decimal_quantization=False))


def initials(name: str) -> str:
    """``"Maria Koleva"`` → ``"MK"``."""
    words = re.findall(r"\w+", name)
    return "".join(word[0] for word in words[:2]).upper()


def days(number: int) -> str:
    """Write a number of days, ``14 days``."""
    return str(format_unit(number, "day", locale=language()))


def period(months: int) -> str:
    """``12 months``; what is sold once has no period."""
    return str(format_unit(months, "month", locale=language())) if months else ""
