"""Reference rates by the day from which they hold, as central banks have published them.

Dated data of ours. A day for which no rate is known is never counted as one without interest: it is
not counted at all, and whoever reads a claim is told up to which day it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from plugins.finance.late_payment.interest_laws import InterestLaw

Rate = tuple[date, Decimal]


@dataclass(frozen=True)
class ReferenceRates:
    """``rates``: percent a year, by the day each holds from, oldest first; ``till``: known so far.

    ``till`` None: the last one holds on.
    """

    rates: Sequence[Rate]
    till: date | None

    def between(self, first: date, last: date) -> Iterator[tuple[date, date, Decimal]]:
        """From and to which day each rate holds, both counted in; days of no known rate left out"""
        ends = [since - timedelta(days=1) for since, _ in self.rates[1:]]
        for (since, percent), end in zip(self.rates, [*ends, self.till or last], strict=True):
            begins, ends_on = max(since, first), min(end, last)
            if begins <= ends_on:
                yield begins, ends_on, percent


def _rates(*written: tuple[str, str]) -> tuple[Rate, ...]:
    return tuple((date.fromisoformat(day), Decimal(percent)) for day, percent in written)


# European Central Bank, “Key ECB interest rates”: main refinancing operations. By Directive
# 2011/7/EU, Art. 2(7)(b) and Art. 3(2), the rate in force on 1 January holds for the first half of
# a year, that of 1 July for the second. Compared in November 2026 with what others have published:
# 2016 H1 with the Official Journal (rate of 1 February 2016), 2024 H1 with Malta's 12.5 %, 2024 H2
# with Ireland's 12.25 % (enterprise.gov.ie), 2025 H1 with the decision of 12 December 2024, 2025 H2
# with that of 5 June 2025 (in force on 11 June), 2026 H1 with Bulgaria's 10.15 % (decree of
# December 2025). Those of 2016 H2 to 2023 H2 were not compared. Of 2026 H2 nothing was found.
MAIN_REFINANCING = ReferenceRates(
    _rates(
        ("2016-01-01", "0.05"),
        ("2016-07-01", "0.00"),
        ("2023-01-01", "2.50"),
        ("2023-07-01", "4.00"),
        ("2024-01-01", "4.50"),
        ("2024-07-01", "4.25"),
        ("2025-01-01", "3.15"),
        ("2025-07-01", "2.15"),
        ("2026-01-01", "2.15"),
    ),
    till=date(2026, 6, 30),
)

# Bank of Russia, «Ключевая ставка»: ст. 395, п. 1 ГК РФ names it since 1 August 2016.
KEY_RATE = ReferenceRates(
    _rates(
        ("2016-08-01", "10.50"),
        ("2016-09-19", "10.00"),
        ("2017-03-27", "9.75"),
        ("2017-05-02", "9.25"),
        ("2017-06-19", "9.00"),
        ("2017-09-18", "8.50"),
        ("2017-10-30", "8.25"),
        ("2017-12-18", "7.75"),
        ("2018-02-12", "7.50"),
        ("2018-03-26", "7.25"),
        ("2018-09-17", "7.50"),
        ("2018-12-17", "7.75"),
        ("2019-06-17", "7.50"),
        ("2019-07-29", "7.25"),
        ("2019-09-09", "7.00"),
        ("2019-10-28", "6.50"),
        ("2019-12-16", "6.25"),
        ("2020-02-10", "6.00"),
        ("2020-04-27", "5.50"),
        ("2020-06-22", "4.50"),
        ("2020-07-27", "4.25"),
        ("2021-03-22", "4.50"),
        ("2021-04-26", "5.00"),
        ("2021-06-15", "5.50"),
        ("2021-07-26", "6.50"),
        ("2021-09-13", "6.75"),
        ("2021-10-25", "7.50"),
        ("2021-12-20", "8.50"),
        ("2022-02-14", "9.50"),
        ("2022-02-28", "20.00"),
        ("2022-04-11", "17.00"),
        ("2022-05-04", "14.00"),
        ("2022-05-27", "11.00"),
        ("2022-06-14", "9.50"),
        ("2022-07-25", "8.00"),
        ("2022-09-19", "7.50"),
        ("2023-07-24", "8.50"),
        ("2023-08-15", "12.00"),
        ("2023-09-18", "13.00"),
        ("2023-10-30", "15.00"),
        ("2023-12-18", "16.00"),
        ("2024-07-29", "18.00"),
        ("2024-09-16", "19.00"),
        ("2024-10-28", "21.00"),
        ("2025-06-09", "20.00"),
        ("2025-07-28", "18.00"),
        ("2025-09-15", "17.00"),
        ("2025-10-27", "16.50"),
        ("2025-12-22", "16.00"),
    ),
    till=date(2026, 2, 15),
)

RATES = {InterestLaw.EU: MAIN_REFINANCING, InterestLaw.RU: KEY_RATE}


def rates_of(
    law: InterestLaw, margin: Decimal = Decimal(0), entered: Iterable[Rate] = ()
) -> ReferenceRates:
    """``margin`` points above the reference rate. ``entered``: those that ours don't know yet.

    By the directive each holds for its half-year; by Art. 395 until the next, the newest on and on.
    They end before the first day of which none is known: nothing is counted over a gap.
    """
    rates, till = [*RATES[law].rates], RATES[law].till
    for since, percent in sorted(entered):
        if is_known(law, since):
            continue
        if till is not None and since > till + timedelta(days=1):
            break
        rates.append((since, percent))
        till = half_year_end(since) if law is InterestLaw.EU else None
    return ReferenceRates([(since, percent + margin) for since, percent in rates], till)


def is_known(law: InterestLaw, day: date) -> bool:
    """The rate of that day comes with the panel."""
    till = RATES[law].till
    return till is None or day <= till


def unknown_since(law: InterestLaw, entered: Iterable[Rate], today: date) -> date | None:
    """The first day up to ``today`` of which no rate is known; None: all are, or none is asked."""
    till = None if law is InterestLaw.NONE else rates_of(law, entered=entered).till
    return None if till is None or today <= till else till + timedelta(days=1)


def half_year_end(day: date) -> date:
    """The last day of the half-year that it is in."""
    return date(day.year, 6, 30) if day.month <= 6 else date(day.year, 12, 31)


def begins_half_year(day: date) -> bool:
    """It is 1 January or 1 July."""
    return (day.month, day.day) in {(1, 1), (7, 1)}
