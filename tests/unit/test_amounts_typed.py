"""Item 17: what the panel prints as an amount can be typed, and nothing is read in two ways."""

import pytest

from billing_panel.kernel.input.amount_reader import TwoWaysError, plain_amount, typed_amount
from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.kernel.values.currencies import DECIMALS
from billing_panel.kernel.values.money import POINTS, Money, parse, show

SUMS = (0, 5, 99, 100, 123_450, -128_450, 1_234_567, 10**12)


@pytest.mark.parametrize("language", LANGUAGES)
def test_17_every_amount_the_panel_prints_is_read_back(language: str) -> None:
    for currency in (*DECIMALS, POINTS):
        for minor in SUMS:
            money = Money(minor, currency)
            shown = show(money, language)
            for written in (shown, shown.replace("-", "\N{MINUS SIGN}")):
                plain = plain_amount(written, language, currency)
                assert parse(plain, currency) == money, (written, currency)
            filled = typed_amount(str(money), language)
            assert parse(plain_amount(filled, language, currency), currency) == money


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("1 234,50", "1234.50"),
        ("1\u202f234\u00a0567,5", "1234567.5"),
        ("1'284.50", "1284.50"),
        ("1’284", "1284"),
        ("1.284,50", "1284.50"),
        ("1,284,567", "1284567"),
        ("\u2212 12,5", "-12.5"),
        ("−€12.50", "-12.50"),
        ("12,50 EUR", "12.50"),
        ("0,123", "0.123"),
        ("1234,567", "1234.567"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_17_what_can_be_read_in_one_way_is_read_so(language: str, written: str, plain: str) -> None:
    assert plain_amount(written, language, "EUR") == plain


@pytest.mark.parametrize("written", ["1,234", "1.234", "€12.345", "-999,999"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_17_what_can_be_read_in_two_ways_is_refused(language: str, written: str) -> None:
    with pytest.raises(TwoWaysError):
        plain_amount(written, language, "EUR")


def test_17_currency_and_language_leave_one_way() -> None:
    assert plain_amount("1,234", "en", "JPY") == plain_amount("1,234", "en", POINTS) == "1234"
    assert plain_amount("1.234", "en", "KWD") == plain_amount("1,234", "ru", "KWD") == "1.234"
    for language, written, currency in (("ru", "1,234", "JPY"), ("en", "1,234", "KWD")):
        with pytest.raises(TwoWaysError):
            plain_amount(written, language, currency)


@pytest.mark.parametrize(
    "written", ["", "five", "1e5", "$10", "1 23", "1,23,456", "1..2", "٣", "1.2.3,4", "9" * 10_000]
)
def test_17_what_is_no_amount_comes_back_for_whoever_judges_it(written: str) -> None:
    assert plain_amount(written, "en", "EUR") == written
