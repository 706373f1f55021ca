"""Money as whole minor units, and the one place where money is rounded.

1. An amount is an ``int`` of minor units beside its ISO 4217 code; floats never enter.
2. How many decimals a currency has is ISO 4217's word (``currencies``); points have none.
3. Every division is rounded here, half away from zero ("half up", EN 16931), exactly once.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.numbers import NumberPattern, format_decimal, parse_pattern
from typing_extensions import override

from billing_panel.kernel.values.currencies import DECIMALS

POINTS = "points"

# Amounts are stored as 64-bit integers; this leaves room to add a few thousand of the largest.
MAX_MINOR = 10**15
MAX_DIGITS = 16


class MoneyError(ValueError):
    """An amount that cannot be money; the message says how to fix it."""


def digits(currency: str) -> int:
    """Decimals of ``currency``. Raises MoneyError when ISO 4217 does not know it."""
    if currency == POINTS:
        return 0
    if currency not in DECIMALS:
        raise MoneyError(f"unknown currency {currency!r}: use an ISO 4217 code such as EUR")
    return DECIMALS[currency]


@dataclass(frozen=True, slots=True)
class Money:
    """``minor`` whole minor units (cents) of ``currency``; may be negative."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise MoneyError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-digits(self.currency))

    @override
    def __str__(self) -> str:
        """The amount in major units with all the currency's decimals, ``"591.19"``."""
        places = digits(self.currency)
        if places == 0:
            return str(self.minor)
        whole, part = divmod(abs(self.minor), 10**places)
        return f"{'-' if self.minor < 0 else ''}{whole}.{part:0{places}}"


def parse(amount: str, currency: str) -> Money:
    """Read ``"591.19"`` as money. Raises MoneyError on anything but a plain, exact amount."""
    places = digits(currency)
    written = re.fullmatch(r"(-?)([0-9]+)(?:\.([0-9]+))?", amount, re.ASCII)
    if written is None:
        example = Money(10**places, currency)
        raise MoneyError(f"write the amount with plain digits, for example {example}")
    sign, whole, fraction = written[1], written[2].lstrip("0"), (written[3] or "").rstrip("0")
    if len(fraction) > places:
        raise MoneyError(f"{currency} has {places} decimals, the amount has more")
    # the length is looked at first: turning a megabyte of digits into a number takes seconds
    minor = int("0" + whole + fraction.ljust(places, "0")) if len(whole) <= MAX_DIGITS else None
    if minor is None or minor > MAX_MINOR:
        raise MoneyError("the amount is too large")
    return Money(-minor if sign else minor, currency)


def half_up(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to the nearest whole number, halves away from zero."""
    if denominator <= 0:
        raise MoneyError("the divisor must be positive")
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def is_percentage(value: Decimal) -> bool:
    """From 0 to 100, with at most four decimals; asked in this order, as ``1e400`` is not rounded.

    So is what ``kernel.database.db.Percent`` keeps.
    """
    return value.is_finite() and 0 <= value <= 100 and value == round(value, 4)


def percent_of(minor: int, percent: Decimal) -> int:
    """``percent`` of an amount in minor units, rounded half up."""
    numerator, denominator = percent.as_integer_ratio()
    return half_up(minor * numerator, 100 * denominator)


def part_in_gross(gross: int, percent: Decimal) -> int:
    """The tax contained in ``gross``: gross · r / (100 + r), rounded half up."""
    numerator, denominator = percent.as_integer_ratio()
    return half_up(gross * numerator, 100 * denominator + numerator)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split ``total`` in proportion to non-negative ``weights``; the parts sum to it exactly.

    Largest remainders take the units left over, the earlier of equals first.
    """
    whole = sum(weights)
    if whole == 0:
        return [total, *[0] * (len(weights) - 1)] if weights else []
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % whole))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def show(money: Money, locale: str) -> str:
    """The amount as a person reads it in ``locale``: ``€1,284.50``, ``1 284,50 ₽``."""
    if money.currency == POINTS:
        return format_decimal(money.minor, locale=locale)
    pattern = _sum_pattern(locale, digits(money.currency))
    written = pattern.apply(money.decimal, locale, currency=money.currency, currency_digits=False)
    # CLDR parts letters from digits with a no-break space; Babel does not
    return re.sub(r"(?<=[A-Z])(?=[0-9])", "\N{NO-BREAK SPACE}", written)


def figures(money: Money, locale: str) -> str:
    """The amount without the sign of its currency, which stands elsewhere: ``1 284,50``."""
    pattern = _with_decimals("#,##0", digits(money.currency))
    return str(pattern.apply(money.decimal, locale))


def fine_figures(minor: Decimal, currency: str, locale: str) -> str:
    """The price of one, which may have up to four decimals more than the currency: ``0,025``."""
    places = digits(currency)
    pattern = parse_pattern("#,##0")
    pattern.frac_prec = (places, places + 4)
    return str(pattern.apply(minor.scaleb(-places), locale))


@cache
def _sum_pattern(locale: str, places: int) -> NumberPattern:
    """How ``locale`` writes a sum of money with so many decimals."""
    return _with_decimals(Locale.parse(locale).currency_formats["standard"].pattern, places)


@cache
def _with_decimals(written: str, places: int) -> NumberPattern:
    pattern = parse_pattern(written)
    pattern.frac_prec = (places, places)
    return pattern
