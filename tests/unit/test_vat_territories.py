"""Whose VAT a place is under, and which VAT numbers its country could have given."""

import pytest

from billing_panel.tax.territories import EU, vat_territory
from billing_panel.tax.vat_number import is_valid_vat_number


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
        ("GB", "BT1 5GS", "XI"),
        ("GB", "12 Donegall Square, Belfast BT15GS", "XI"),
        ("GB", "SW1A 1AA", "GB"),
        ("BG", "", "BG"),
    ],
)
def test_a_place_is_under_the_vat_of_its_territory(
    country: str, address: str, territory: str
) -> None:
    """Directive 2006/112/EC, Articles 6 and 7."""
    assert vat_territory(country, address) == territory


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
