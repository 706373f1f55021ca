"""E13: what breaks the key inside a number of an account or a firm is told when it is entered."""

import pytest

from billing_panel.accounts.companies.check_digits import (
    is_account_of,
    is_bik,
    is_correspondent_of,
    is_eik,
    is_kpp,
    is_ogrn,
)
from invoices.payment.transliterate_name import in_latin

BIK = "044525225"


def test_e13_a_russian_account_is_one_of_its_bank() -> None:
    assert is_account_of("4070 2810 2000 0000 0001", BIK)
    assert not is_account_of("40702810200000000002", BIK)
    assert not is_account_of("40702810200000000001", "044525226")
    assert not is_account_of("40702810200000000001", "")
    assert is_correspondent_of("30101810400000000225", BIK)
    assert not is_correspondent_of("30101810400000000226", BIK)
    assert [is_bik(code) for code in (BIK, "04452522", "04452522X")] == [True, False, False]


def test_e13_an_eik_and_a_kpp_are_more_than_digits() -> None:
    firms = ("204512345", "175074752", "204512346", "1", "2045123450001")
    assert [is_eik(number) for number in firms] == [True, True, False, False, False]
    assert [is_kpp(code) for code in ("783501001", "7835AB001", "1")] == [True, True, False]


def test_e13_an_ogrn_ends_with_its_key() -> None:
    """Of two digits of a remainder it is the last: 31677460000002 leaves 11 by 13."""
    numbers = ("1027700132195", "1027700132196", "316774600000021", "316774600000022", "1", "")
    assert [is_ogrn(number) for number in numbers] == [True, False, True, False, False, False]


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        ("Север Хостинг ЕООД", "Sever Hosting EOOD"),
        ("ЩЪРКЕЛ АД", "SHTARKEL AD"),
        ("Жълъд и Юлия", "Zhalad i Yulia"),
        ("България Нет", "Bulgaria Net"),
        ("Müller & Söhne GmbH", "Müller & Söhne GmbH"),
        ("ООО «Объём»", None),
        ("Αθήνα ΑΕ", None),
    ],
)
def test_e13_the_payee_of_a_code_is_in_latin_letters_or_there_is_no_code(
    name: str, latin: str | None
) -> None:
    assert in_latin(name) == latin
