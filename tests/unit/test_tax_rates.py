"""Rates by day: those of a provider, and the standard rates of the member states."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from billing_panel.tax.rates import (
    STANDARD_RATES,
    NoRate,
    NoRateAbroad,
    percent_on,
    standard_rate,
)
from billing_panel.tax.supply import DatedRate
from billing_panel.tax.territories import EU_FOR_GOODS
from tests.property.facts import rates

RUSSIA = rates(standard={date(2019, 1, 1): "20", date(2026, 1, 1): "22"})


@pytest.mark.parametrize(
    ("day", "percent"),
    [
        (date(2019, 1, 1), "20"),
        (date(2025, 12, 31), "20"),
        (date(2026, 1, 1), "22"),
        (date(2040, 1, 1), "22"),
    ],
)
def test_the_rate_of_a_day_is_the_last_one_begun_by_then(day: date, percent: str) -> None:
    assert percent_on(RUSSIA, "standard", day) == Decimal(percent)


def test_the_order_in_which_rates_are_written_does_not_matter() -> None:
    backwards = {"standard": tuple(reversed(RUSSIA["standard"]))}
    assert percent_on(backwards, "standard", date(2026, 5, 1)) == Decimal(22)
    assert percent_on(backwards, "standard", date(2020, 5, 1)) == Decimal(20)


def test_a_rate_that_has_not_begun_is_no_rate() -> None:
    with pytest.raises(NoRate, match="standard"):
        percent_on(RUSSIA, "standard", date(2018, 12, 31))


def test_a_tax_class_without_rates_is_refused_not_taken_as_zero() -> None:
    with pytest.raises(NoRate, match="reduced"):
        percent_on(RUSSIA, "reduced", date(2026, 1, 1))
    zero = {"zero": [DatedRate(date(2000, 1, 1), Decimal(0))]}
    assert percent_on(zero, "zero", date(2026, 1, 1)) == Decimal(0)


def test_every_member_state_has_a_rate_with_its_law() -> None:
    assert set(STANDARD_RATES) == EU_FOR_GOODS
    for legal in STANDARD_RATES.values():
        assert legal[0].since <= date(2020, 1, 1)
        assert [rate.since for rate in legal] == sorted({rate.since for rate in legal})
        assert all(rate.source and rate.percent >= 15 for rate in legal)  # Article 97


@pytest.mark.parametrize(
    ("territory", "since", "before", "after"),
    [
        ("DE", date(2020, 7, 1), "19", "16"),
        ("DE", date(2021, 1, 1), "16", "19"),
        ("EE", date(2024, 1, 1), "20", "22"),
        ("EE", date(2025, 7, 1), "22", "24"),
        ("FI", date(2024, 9, 1), "24", "25.5"),
        ("LU", date(2023, 1, 1), "17", "16"),
        ("RO", date(2025, 8, 1), "19", "21"),
        ("SK", date(2025, 1, 1), "20", "23"),
    ],
)
def test_a_rate_changes_on_its_day(territory: str, since: date, before: str, after: str) -> None:
    assert standard_rate(territory, "standard", since - timedelta(1)) == Decimal(before)
    assert standard_rate(territory, "standard", since) == Decimal(after)


@pytest.mark.parametrize(
    ("territory", "tax_class"), [("DE", "reduced"), ("US", "standard"), ("GB", "standard")]
)
def test_what_is_not_known_abroad_is_refused(territory: str, tax_class: str) -> None:
    with pytest.raises(NoRateAbroad, match=territory):
        standard_rate(territory, tax_class, date(2026, 1, 1))
