"""Interest on what is paid late: simple, by the day, rounded once. Pure.

It is claimed, and posted nowhere: revenue is what a client agrees to pay or a court awards.
"""

from calendar import isleap
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from billing_panel.kernel.values.money import half_up
from plugins.finance.late_payment.reference_rates import ReferenceRates

# Directive 2011/7/EU, Art. 6(1): at least, for each debt, without a reminder; in cents
FIXED_SUM = 40_00


@dataclass(frozen=True)
class LatePart:
    """``amount``, minor units, was due on ``due_on`` and stayed unpaid up to and with ``till``."""

    amount: int
    due_on: date
    till: date


@dataclass(frozen=True)
class LateClaim:
    """What may be claimed besides the debt, minor units. ``till``: the last day that is counted."""

    interest: int = 0
    fixed_sum: int = 0
    till: date | None = None

    @property
    def total(self) -> int:
        return self.interest + self.fixed_sum


def interest(parts: Iterable[LatePart], rates: ReferenceRates) -> tuple[int, date | None]:
    """Minor units, and the last day that is counted; None: none is.

    It runs from the day after the last day to pay (Art. 3(3)(a)), by the days that the year has.
    """
    whole, last = Fraction(0), None
    for part in parts:
        for begins, ends, percent in rates.between(part.due_on + timedelta(days=1), part.till):
            last = ends if last is None else max(last, ends)
            yearly = part.amount * Fraction(percent) / 100
            whole += sum(
                (yearly * days / length for days, length in days_by_year(begins, ends)),
                Fraction(0),
            )
    return half_up(whole.numerator, whole.denominator), last


def days_by_year(first: date, last: date) -> Iterable[tuple[int, int]]:
    """How many days of each year, both counted in, and how many that year has."""
    for year in range(first.year, last.year + 1):
        begins, ends = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
        yield (ends - begins).days + 1, 366 if isleap(year) else 365
