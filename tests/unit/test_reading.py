"""Numbers, days, moments and JSON: what is one is read, all else is told apart (R5, R16)."""

from decimal import Decimal

import pytest

from billing_panel.administration.details import validators
from billing_panel.kernel.values.bounded_parsing import (
    decimal_number,
    json_object,
    read_day,
    read_moment,
    signed_number,
    whole_number,
)
from billing_panel.kernel.values.id_or_name import MAX_ID
from billing_panel.kernel.values.money import is_percentage
from billing_panel.tax.vat_number import is_valid_vat_number

NO_NUMBERS = ("", "-", "+1", " 1", "1 ", "1_0", "１", "²", "1e2", "0x1", "NaN", "9" * 5000)


@pytest.mark.parametrize("written", [*NO_NUMBERS, "-1", "1.0", str(MAX_ID + 1)])
def test_r5_what_is_no_whole_number_is_none(written: str) -> None:
    assert whole_number(written) is None


def test_a_whole_number_is_plain_digits() -> None:
    assert [whole_number(written) for written in ("0", "007", str(MAX_ID))] == [0, 7, MAX_ID]
    assert [whole_number(written, most=9) for written in ("9", "10")] == [9, None]
    assert [signed_number(written, most=9) for written in ("-9", "9", "-10")] == [-9, 9, None]


@pytest.mark.parametrize("written", [*NO_NUMBERS, "1e400", "9" * 40, "Infinity", ".5", "5.", "2,5"])
def test_r5_what_is_no_decimal_number_is_none(written: str) -> None:
    assert decimal_number(written) is None


def test_a_decimal_number_is_exact() -> None:
    assert decimal_number("-0012.50") == Decimal("-12.5")


@pytest.mark.parametrize(
    "written", ["", "x", "0001-01-01", "9999-12-31", "2026-02-30", "2026-01-01" * 1000, "²"]
)
def test_r5_what_is_no_day_anybody_means_is_none(written: str) -> None:
    assert read_day(written) is None
    assert read_moment(f"{written}T00:00") is None


def test_days_and_moments_are_read() -> None:
    day, moment = read_day("2026-12-31"), read_moment("2026-12-31T12:00:00+02:00")
    assert day is not None
    assert moment is not None
    assert (day.isoformat(), moment.isoformat()) == ("2026-12-31", "2026-12-31T12:00:00+02:00")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "[]",
        "[" * 200_000,
        '{"a":' * 200_000,
        f'{{"a": {"9" * 5000}}}',
        '{"a": "\\u0000"}',
        '{"\\ud800": 1}',
    ],
)
def test_r16_what_no_page_and_no_database_can_hold_is_no_json(written: str) -> None:
    assert json_object(written) is None


def test_json_is_read() -> None:
    assert json_object('{"a": [1, "ж"]}') == {"a": [1, "ж"]}


@pytest.mark.parametrize(
    "value", ["1e400", "-1e400", "1e30", "9" * 40, "NaN", "Infinity", "0.00001"]
)
def test_r5_r16_what_is_no_percentage_is_told(value: str) -> None:
    assert not is_percentage(Decimal(value))
    assert [error.code for error in validators.percent("percent", Decimal(value))] == ["percent"]


def test_r16_numbers_with_check_digits_are_short() -> None:
    assert not is_valid_vat_number("BG" + "1" * 5000, "BG")
    assert {e.code for e in validators.vat_number("n", "BG" + "1" * 5000, "BG")} == {
        "vat_number",
        "length",
    }
    assert [e.code for e in validators.bank_iban("n", "BG" + "1" * 5000)] == ["iban"]
    assert [e.code for e in validators.bank_bic("n", "B" * 5000)] == ["bic"]
