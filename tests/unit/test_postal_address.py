"""Addresses: the order of their parts by country, and what was written before they had parts."""

import pytest

from billing_panel.kernel.values.postal_address import Address


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            Address("22 Oborishte St\nfloor 3", "1504", "Sofia", "", "BG"),
            ["22 Oborishte St", "floor 3", "1504 Sofia"],
        ),
        (Address("Domkloster 4", "50667", "Köln", "", "DE"), ["Domkloster 4", "50667 Köln"]),
        (
            Address("Calle Mayor 1", "28013", "Madrid", "Madrid", "ES"),
            ["Calle Mayor 1", "28013 Madrid", "Madrid"],
        ),
        (
            Address("500 Congress Ave", "78701", "Austin", "TX", "US"),
            ["500 Congress Ave", "Austin, TX 78701"],
        ),
        (
            Address("10 Downing St", "SW1A 2AA", "London", "", "GB"),
            ["10 Downing St", "London", "SW1A 2AA"],
        ),
        (
            Address("Невский пр., д. 28", "191186", "Санкт-Петербург", "", "RU"),
            ["191186, Санкт-Петербург", "Невский пр., д. 28"],
        ),
        (
            Address("ул. Ленина, д. 5", "188800", "Выборг", "Ленинградская обл.", "RU"),
            ["188800, Ленинградская обл., Выборг", "ул. Ленина, д. 5"],
        ),
        (
            Address("1 Raffles Place", "048616", "Singapore", "", "SG"),
            ["1 Raffles Place", "Singapore 048616"],
        ),
        (Address(city="Sofia", country="BG"), ["Sofia"]),
        (Address(country="BG"), []),
    ],
)
def test_the_parts_stand_as_the_post_of_the_country_has_them(
    address: Address, lines: list[str]
) -> None:
    assert address.lines_for(address.country) == lines
    assert str(address) == ", ".join(lines)
    assert bool(address) is bool(lines)


def test_abroad_an_address_ends_with_its_country_in_the_readers_language() -> None:
    koeln = Address("Domkloster 4", "50667", "Köln", "", "DE")
    assert koeln.lines_for("BG", "bg") == ["Domkloster 4", "50667 Köln", "Германия"]
    assert koeln.on_one_line("DE", "bg") == "Domkloster 4, 50667 Köln"


def test_what_was_written_before_addresses_had_parts_is_read_as_it_was() -> None:
    before = Address("22 Oborishte St, 1504 Sofia, Bulgaria", country="BG")
    assert before.on_one_line("DE", "en") == "22 Oborishte St, 1504 Sofia, Bulgaria"
    assert before.code_to_look_at == before.lines
    assert Address("Calle 35002", "28013", "Madrid").code_to_look_at == "28013"
    assert Address("Calle 35002", "", "Madrid").code_to_look_at == ""
