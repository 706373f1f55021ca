"""Which tax a sale carries: where the two are, whether a company with a VAT number, and when."""

from datetime import date
from decimal import Decimal

import pytest

from billing_panel.catalog.rules.tax import (
    EU,
    DatedRate,
    NoRate,
    TaxTreatment,
    percent_on,
    treatment_of,
)
from tests.property.facts import rates

DOMESTIC, REVERSE, EXPORT = TaxTreatment


@pytest.mark.parametrize(
    ("seller", "buyer", "company", "person"),
    [
        ("BG", "BG", DOMESTIC, DOMESTIC),
        ("BG", "DE", REVERSE, DOMESTIC),
        ("BG", "GR", REVERSE, DOMESTIC),
        ("BG", "US", EXPORT, EXPORT),
        ("BG", "GB", EXPORT, EXPORT),
        ("BG", "CH", EXPORT, EXPORT),
        ("RU", "RU", DOMESTIC, DOMESTIC),
        ("RU", "BG", EXPORT, EXPORT),
        ("RU", "KZ", EXPORT, EXPORT),
    ],
)
def test_the_treatment_follows_from_both_countries_and_the_vat_number(
    seller: str, buyer: str, company: TaxTreatment, person: TaxTreatment
) -> None:
    assert treatment_of(seller, buyer, vat_company=True) is company
    assert treatment_of(seller, buyer, vat_company=False) is person


def test_the_union_has_its_27_members() -> None:
    assert len(EU) == 27
    assert {"GB", "NO", "CH", "EL", "UK"}.isdisjoint(EU)


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
