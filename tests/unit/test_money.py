"""Money is whole minor units; what is not an exact plain amount never becomes money."""

from decimal import Decimal

import pytest

from billing_panel.kernel.values.money import (
    MAX_MINOR,
    POINTS,
    Money,
    MoneyError,
    digits,
    half_up,
    parse,
    part_in_gross,
    percent_of,
    show,
    spread,
)


@pytest.mark.parametrize(
    ("currency", "expected"),
    [("JPY", 0), ("EUR", 2), ("RUB", 2), ("KWD", 3), ("CLF", 4), ("BGN", 2), (POINTS, 0)],
)
def test_each_currency_has_its_decimals(currency: str, expected: int) -> None:
    assert digits(currency) == expected


@pytest.mark.parametrize("currency", ["HUF", "IDR", "COP", "ALL", "IQD", "RSD", "ISK"])
@pytest.mark.parametrize("language", ["en", "ru", "bg"])
def test_what_a_stored_number_means_is_not_up_to_a_library(currency: str, language: str) -> None:
    """Babel writes these with other decimals than ISO 4217, and each edition of it with others."""
    sum_ = parse("1250", currency)
    assert sum_.minor == 1250 * 10 ** digits(currency)
    shown = "".join(character for character in show(sum_, language) if character.isdigit())
    assert shown == str(sum_.minor)


@pytest.mark.parametrize("currency", ["eur", "EURO", "ABC", "", "€"])
def test_a_currency_nobody_knows_is_refused(currency: str) -> None:
    with pytest.raises(MoneyError, match="unknown currency"):
        digits(currency)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("591.19", "EUR", 59119),
        ("591.1", "EUR", 59110),
        ("591", "EUR", 59100),
        ("0", "EUR", 0),
        ("-0", "EUR", 0),
        ("-0.01", "EUR", -1),
        ("007.50", "EUR", 750),
        ("1.100", "EUR", 110),
        ("500", "JPY", 500),
        ("500.0", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("3800", POINTS, 3800),
        ("10000000000000.00", "EUR", MAX_MINOR),
        ("-10000000000000.00", "EUR", -MAX_MINOR),
    ],
)
def test_a_plain_amount_is_read_exactly(amount: str, currency: str, minor: int) -> None:
    assert parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    "amount",
    [
        "",
        ".",
        "-",
        " 1",
        "1 ",
        "1\n",
        "1\x00",
        "1 000",
        "1_000",
        "1,000.00",
        "1,50",
        "1e3",
        "1E3",
        "1e-2",
        "1e400",
        "0x10",
        "NaN",
        "-NaN",
        "sNaN",
        "nan1",
        "Infinity",
        "-inf",
        "１",
        "١",
        "−1",
        "--1",
        "1.2.3",
        "true",
        "null",
        "€1",
    ],
)
def test_anything_but_a_plain_amount_is_refused(amount: str) -> None:
    with pytest.raises(MoneyError):
        parse(amount, "EUR")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("0.001", "EUR"),
        ("1.005", "EUR"),
        ("0.5", "JPY"),
        ("0.0001", "KWD"),
        ("1.5", POINTS),
        ("0." + "0" * 60 + "1", "EUR"),
        ("1." + "0" * 60 + "1", "EUR"),
        ("9999999999999." + "9" * 60, "EUR"),
    ],
)
def test_more_decimals_than_the_currency_has_are_never_rounded_away(
    amount: str, currency: str
) -> None:
    with pytest.raises(MoneyError):
        parse(amount, currency)


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("10000000000000.01", "EUR"),
        ("-10000000000000.01", "EUR"),
        ("1000000000000001", "JPY"),
        ("1" + "0" * 400, "EUR"),
    ],
)
def test_an_amount_that_no_column_could_hold_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(MoneyError, match="too large"):
        parse(amount, currency)


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(59119, "EUR"), "591.19"),
        (Money(5, "EUR"), "0.05"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(0, "EUR"), "0.00"),
        (Money(500, "JPY"), "500"),
        (Money(1234, "KWD"), "1.234"),
        (Money(3800, POINTS), "3800"),
        (Money(10**15, "EUR"), "10000000000000.00"),
    ],
)
def test_money_is_written_with_all_decimals_of_its_currency(money: Money, written: str) -> None:
    assert str(money) == written


@pytest.mark.parametrize(
    ("money", "locale", "shown"),
    [
        (Money(128450, "EUR"), "en", "€1,284.50"),
        (Money(128450, "RUB"), "ru", "1\xa0284,50\xa0₽"),
        (Money(-128450, "EUR"), "en", "-€1,284.50"),
        (Money(1284, "JPY"), "en", "¥1,284"),
        (Money(1284, "KWD"), "en", "KWD\xa01.284"),
        (Money(3250, POINTS), "en", "3,250"),
    ],
)
def test_money_is_shown_as_the_reader_writes_it(money: Money, locale: str, shown: str) -> None:
    assert show(money, locale) == shown


def test_amounts_of_one_currency_add_subtract_and_negate() -> None:
    assert Money(150, "EUR") + Money(-50, "EUR") == Money(100, "EUR")
    assert Money(150, "EUR") - Money(200, "EUR") == Money(-50, "EUR")
    assert -Money(150, "EUR") == Money(-150, "EUR")
    assert Money(150, "EUR").decimal == Decimal("1.50")
    assert not Money(0, "EUR")


def test_currencies_never_mix() -> None:
    with pytest.raises(MoneyError, match="cannot mix EUR and RUB"):
        Money(1, "EUR") + Money(1, "RUB")
    with pytest.raises(MoneyError, match="cannot mix EUR and points"):
        Money(1, "EUR") - Money(1, POINTS)
    assert Money(1, "EUR") != Money(1, "RUB")


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (0, 7, 0),
        (1, 2, 1),
        (3, 2, 2),
        (5, 2, 3),
        (-1, 2, -1),
        (-3, 2, -2),
        (-5, 2, -3),
        (1, 3, 0),
        (2, 3, 1),
        (-1, 3, 0),
        (-2, 3, -1),
        (149, 100, 1),
        (150, 100, 2),
        (-149, 100, -1),
        (-150, 100, -2),
        (10**30 + 1, 2, (10**30 + 2) // 2),
    ],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert half_up(numerator, denominator) == expected


@pytest.mark.parametrize("denominator", [0, -2])
def test_a_divisor_is_positive(denominator: int) -> None:
    with pytest.raises(MoneyError):
        half_up(1, denominator)


@pytest.mark.parametrize(
    ("minor", "percent", "expected"),
    [
        (44240, "10", 4424),
        (39816, "20", 7963),  # 7,963.2
        (1485, "10", 149),  # 148.5
        (-1485, "10", -149),
        (1484, "10", 148),
        (100, "0", 0),
        (100, "100", 100),
        (1000, "12.5", 125),
        (333, "5.5", 18),  # 18.315
        (1, "49.99", 0),
        (1, "50", 1),
    ],
)
def test_a_percentage_is_rounded_half_up(minor: int, percent: str, expected: int) -> None:
    assert percent_of(minor, Decimal(percent)) == expected


@pytest.mark.parametrize(
    ("gross", "percent", "tax"),
    [
        (1298000, "22", 234066),
        (1298000, "20", 216333),
        (12000, "20", 2000),
        (9, "22", 2),  # 1.62
        (11, "10", 1),
        (0, "22", 0),
        (100, "0", 0),
        (-1298000, "22", -234066),
    ],
)
def test_the_tax_in_a_gross_amount(gross: int, percent: str, tax: int) -> None:
    assert part_in_gross(gross, Decimal(percent)) == tax


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1], [50, 50]),
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (10, [3, 3, 1], [4, 4, 2]),
        (1, [1, 2], [0, 1]),
        (5, [0, 1, 0], [0, 5, 0]),
        (7, [0, 0], [7, 0]),
        (0, [5, 5], [0, 0]),
        (-100, [1, 1, 1], [-33, -33, -34]),
        (7, [], []),
    ],
)
def test_what_is_split_sums_to_the_whole(total: int, weights: list[int], parts: list[int]) -> None:
    assert spread(total, weights) == parts
