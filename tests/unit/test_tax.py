"""Which tax a sale carries: where the two are, whether a company with a VAT number, and when."""

from datetime import date
from decimal import Decimal

import pytest

from billing_panel.accounts.firms.vat_number import is_valid_vat_number
from billing_panel.accounts.firms.vat_territories import EU, vat_territory
from billing_panel.catalog.rules.tax import (
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


@pytest.mark.parametrize(
    ("country", "address", "territory"),
    [
        ("MC", "1 avenue des Citronniers, 98000 Monaco", "FR"),
        ("IM", "Douglas IM1 2AB", "GB"),
        ("ES", "Calle Triana 12\n35002 Las Palmas", "ES-CN"),
        ("ES", "Plaza de España 1, 38003 Santa Cruz", "ES-CN"),
        ("ES", "Calle Real 3, ES-51001 Ceuta", "ES-CE"),
        ("ES", "52001 Melilla", "ES-ML"),
        ("ES", "Calle de Alcalá 350, 28027 Madrid", "ES"),
        ("DE", "Höhenstraße 5, 78266 Büsingen", "DE-78266"),
        ("DE", "Lung Wai 28, D-27498 Helgoland", "DE-27498"),
        ("DE", "Konto 1782661, 10115 Berlin", "DE"),
        ("IT", "Via Sant'Antoni 5, 23041 Livigno SO", "IT-23041"),
        ("IT", "22061 Campione d'Italia", "IT-22061"),
        ("FI", "Torggatan 2, 22100 Mariehamn", "AX"),
        ("FR", "97400 Saint-Denis", "RE"),
        ("FR", "75001 Paris", "FR"),
        ("GR", "63086 Karyes", "GR-69"),
        ("BG", "", "BG"),
    ],
)
def test_a_place_is_under_the_vat_of_its_territory(
    country: str, address: str, territory: str
) -> None:
    """Directive 2006/112/EC, Articles 6 and 7."""
    assert vat_territory(country, address) == territory


def test_monaco_is_france_and_the_canary_islands_are_not_spain() -> None:
    monaco, canaries = vat_territory("MC"), vat_territory("ES", "35002 Las Palmas")
    assert treatment_of("FR", monaco, vat_company=False) is DOMESTIC
    assert treatment_of("FR", monaco, vat_company=True) is DOMESTIC
    assert treatment_of("BG", monaco, vat_company=False) is DOMESTIC
    assert treatment_of("BG", monaco, vat_company=True) is REVERSE
    assert treatment_of("ES", canaries, vat_company=False) is EXPORT
    assert treatment_of("BG", canaries, vat_company=True) is EXPORT


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("EL000000000", "GR"),
        ("BG000000000", "BG"),
        ("FI00000000", "FI"),
        ("PL0000000000", "PL"),
        ("ATU00000006", "AT"),
        ("SE000000000001", "SE"),
        ("DE111111125", "DE"),
        ("BG831902088", "DE"),
        ("", "BG"),
    ],
)
def test_a_vat_number_nobody_can_have_is_none(number: str, country: str) -> None:
    """The check digits of most of these are right."""
    assert not is_valid_vat_number(number, country)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("BG831902088", "BG"),
        ("DE136695976", "DE"),
        ("EL094259216", "GR"),
        ("FR83 404 833 048", "MC"),
        ("NL004495445B01", "NL"),
        ("CZ00006947", "CZ"),
    ],
)
def test_a_vat_number_that_its_country_gives_is_one(number: str, country: str) -> None:
    assert is_valid_vat_number(number, country)


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
