"""Codes and numbers of banks and companies that nobody can have are told when they are entered."""

from collections.abc import Callable

import pytest

from billing_panel.administration.details.validators import (
    Found,
    bank_account,
    bank_bic,
    bik,
    correspondent_account,
    registration_number,
    tax_number,
    tax_registration_reason,
)

Check = Callable[..., Found]
BIK = "044525225"


@pytest.mark.parametrize(
    ("check", "written", "more", "code"),
    [
        (bank_bic, "NORDVIK", (), "bic"),
        (bik, "12345", ("RU",), "bik"),
        (bank_account, "40702810000000000001", ("RU", BIK), "account_key"),
        (correspondent_account, "30101810400000000226", ("RU", BIK), "account_key"),
        (registration_number, "204512346", ("BG",), "eik"),
        (registration_number, "1027700132196", ("RU",), "ogrn"),
        (tax_number, "7707083894", ("RU",), "inn"),
        (tax_registration_reason, "7701", ("RU",), "kpp"),
    ],
)
def test_what_nobody_can_have_is_told(
    check: Check, written: str, more: tuple[str, ...], code: str
) -> None:
    assert [(wrong.field, wrong.code) for wrong in check("here", written, *more)] == [
        ("here", code)
    ]


@pytest.mark.parametrize(
    ("check", "written", "more"),
    [
        (bank_bic, "BNBGBGSD", ()),
        (bik, BIK, ("RU",)),
        (correspondent_account, "30101810400000000225", ("RU", BIK)),
        (registration_number, "1027700132195", ("RU",)),
        (registration_number, "HRB 1", ("DE",)),
        (tax_number, "7707083893", ("RU",)),
        (tax_number, "anything", ("DE",)),
        (tax_registration_reason, "770101001", ("RU",)),
        (bank_account, "", ("RU", BIK)),
    ],
)
def test_what_somebody_may_have_is_taken(check: Check, written: str, more: tuple[str, ...]) -> None:
    assert [*check("here", written, *more)] == []
