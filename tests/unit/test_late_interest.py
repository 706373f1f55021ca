"""Interest on what is paid late: by the day, at the rate of each, rounded once."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_panel.kernel.values.money import half_up
from plugins.finance.late_payment.interest_laws import InterestLaw
from plugins.finance.late_payment.late_interest import LatePart, interest
from plugins.finance.late_payment.reference_rates import (
    ReferenceRates,
    rates_of,
    unknown_since,
)

EU, RU = InterestLaw.EU, InterestLaw.RU
FLAT = ReferenceRates([(date(2000, 1, 1), Decimal(10))], None)


@pytest.mark.parametrize(
    ("law", "amount", "due_on", "till", "minor"),
    [
        # 10,000.00 for 2025 H1 (181 days) at 3.15 + 8 and H2 (184 days) at 2.15 + 8
        (EU, 10_000_00, "2024-12-31", "2025-12-31", 1064_59),
        # a leap year: the whole of 2024 at 12.5, then 12.25
        (EU, 1_000_00, "2023-12-31", "2024-12-31", 123_74),
        # ст. 395: 100,000 ₽ for 30 days at 21 % of a year of 365
        (RU, 100_000_00, "2025-01-31", "2025-03-02", 1726_03),
        # over a change of the key rate: 8 June at 21 %, 9 June at 20 %
        (RU, 100_000_00, "2025-06-07", "2025-06-09", 112_33),
        # on the last day to pay nothing is late
        (EU, 10_000_00, "2025-12-31", "2025-12-31", 0),
    ],
)
def test_known_sums(law: InterestLaw, amount: int, due_on: str, till: str, minor: int) -> None:
    part = LatePart(amount, date.fromisoformat(due_on), date.fromisoformat(till))
    margin = Decimal(8) if law is EU else Decimal(0)
    assert interest([part], rates_of(law, margin))[0] == minor


def test_a_day_whose_rate_nobody_knows_is_not_counted_and_this_is_told() -> None:
    part = LatePart(1_000_00, date(2026, 6, 20), date(2026, 7, 20))
    known = interest([LatePart(1_000_00, part.due_on, date(2026, 6, 30))], rates_of(EU))
    assert interest([part], rates_of(EU)) == known
    assert known[1] == date(2026, 6, 30)
    later = rates_of(EU, entered=[(date(2026, 7, 1), Decimal("2.15"))])
    minor, till = interest([part], later)
    assert minor > known[0]
    assert till == date(2026, 7, 20)
    assert interest([LatePart(1_000_00, date(2026, 7, 1), date(2026, 8, 1))], rates_of(EU)) == (
        0,
        None,
    )


def test_a_rate_that_was_entered_holds_for_its_half_year_and_never_over_a_gap() -> None:
    second_half, next_year = (date(2026, 7, 1), Decimal("2.15")), (date(2027, 1, 1), Decimal("2.4"))
    assert rates_of(EU, entered=[second_half]).till == date(2026, 12, 31)
    assert unknown_since(EU, [], date(2026, 6, 30)) is None
    assert unknown_since(EU, [], date(2026, 11, 30)) == date(2026, 7, 1)
    assert unknown_since(EU, [second_half], date(2026, 11, 30)) is None
    assert unknown_since(EU, [second_half], date(2027, 1, 1)) == date(2027, 1, 1)
    # each keeps its half-year, in whatever order they were entered
    both = rates_of(EU, entered=[next_year, second_half])
    assert both.rates[-2:] == [second_half, next_year]
    assert both.till == date(2027, 6, 30)
    # nobody has said what holds in between
    assert unknown_since(EU, [next_year], date(2027, 1, 1)) == date(2026, 7, 1)
    assert rates_of(EU, entered=[next_year]).till == date(2026, 6, 30)
    assert unknown_since(InterestLaw.NONE, [], date(2030, 1, 1)) is None


def test_a_key_rate_that_was_entered_holds_until_the_next_and_the_newest_on() -> None:
    first, next_one = (date(2026, 2, 16), Decimal("15.5")), (date(2026, 4, 27), Decimal(15))
    entered = rates_of(RU, entered=[first, next_one])
    day_before = date(2026, 4, 26)
    assert [*entered.between(first[0], date(2026, 6, 1))] == [
        (first[0], day_before, first[1]),
        (next_one[0], date(2026, 6, 1), next_one[1]),
    ]
    assert unknown_since(RU, [first, next_one], date(2030, 1, 1)) is None
    assert unknown_since(RU, [next_one], date(2026, 6, 1)) == first[0]


def test_a_rate_that_was_entered_never_changes_those_we_know() -> None:
    part = LatePart(1_000_00, date(2025, 1, 1), date(2025, 12, 31))
    early = rates_of(EU, entered=[(date(2025, 7, 1), Decimal(99))])
    assert interest([part], early) == interest([part], rates_of(EU))


@pytest.mark.parametrize("law", [EU, RU])
def test_rates_are_in_the_order_of_their_days(law: InterestLaw) -> None:
    table = rates_of(law)
    since = [day for day, _ in table.rates]
    assert since == sorted(set(since))
    assert table.till is not None
    assert table.till >= since[-1]
    if law is EU:
        assert {(day.month, day.day) for day in since} <= {(1, 1), (7, 1)}


parts = st.builds(
    lambda amount, due, late: LatePart(
        amount,
        date(2018, 1, 1) + timedelta(days=due),
        date(2018, 1, 1) + timedelta(days=due + late),
    ),
    st.integers(1, 10**11),
    st.integers(0, 2800),
    st.integers(-5, 800),
)


@given(parts, st.sampled_from([EU, RU]))
def test_it_is_the_sum_of_its_days(part: LatePart, law: InterestLaw) -> None:
    table, whole = rates_of(law, Decimal(8)), Fraction(0)
    day = part.due_on + timedelta(days=1)
    while day <= part.till:
        percent = [rate for since, rate in table.rates if since <= day][-1]
        leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
        if table.till is None or day <= table.till:
            whole += part.amount * Fraction(percent) / 100 / (366 if leap else 365)
        day += timedelta(days=1)
    assert interest([part], table)[0] == half_up(whole.numerator, whole.denominator)


@given(st.lists(parts, max_size=5))
def test_it_never_falls_below_zero_and_grows_with_each_part(late: list[LatePart]) -> None:
    table = rates_of(EU, Decimal(8))
    sums = [interest(late[:many], table)[0] for many in range(len(late) + 1)]
    assert sums == sorted(sums)
    assert sums[0] == 0


@given(parts, st.integers(0, 800))
def test_two_spans_are_one_within_a_minor_unit(part: LatePart, cut: int) -> None:
    middle = min(part.due_on + timedelta(days=cut), max(part.till, part.due_on))
    first = interest([LatePart(part.amount, part.due_on, middle)], FLAT)[0]
    second = interest([LatePart(part.amount, middle, part.till)], FLAT)[0]
    assert abs(first + second - interest([part], FLAT)[0]) <= 1
