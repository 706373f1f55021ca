"""How accounts are written, by country, and when one is whole."""

import pytest

from billing_panel.accounts.companies.bank_profiles import (
    BY_COUNTRY,
    ELSEWHERE,
    IBAN,
    RUSSIAN,
    BankAccount,
    BankProfile,
    profile_of,
)

AMERICAN = BY_COUNTRY["US"]


@pytest.mark.parametrize(
    ("country", "account", "profile"),
    [
        ("BG", BankAccount(iban="BG80BNBG96611020345678"), IBAN),
        ("RU", BankAccount(iban="BG80BNBG96611020345678"), IBAN),
        ("RU", BankAccount(account="40702810200000000001", code="044525225"), RUSSIAN),
        ("RU", BankAccount(account="40702810200000000001", bic="SABRRUMM"), None),
        ("US", BankAccount(account="000123456789", code="021000021"), AMERICAN),
        ("US", BankAccount(account="000123456789", bic="CHASUS33"), AMERICAN),
        ("US", BankAccount(account="000123456789"), None),
        ("US", BankAccount(code="021000021", bic="CHASUS33"), None),
        ("MX", BankAccount(account="032180000118359719"), ELSEWHERE),
        ("BG", BankAccount(), None),
        ("BG", BankAccount(bic="BNBGBGSD", code="1"), None),
    ],
)
def test_an_account_is_whole_or_bank_transfer_is_not_offered(
    country: str, account: BankAccount, profile: BankProfile | None
) -> None:
    assert profile_of(country, account) == profile


@pytest.mark.parametrize("profile", [IBAN, RUSSIAN, ELSEWHERE, *BY_COUNTRY.values()])
def test_what_is_needed_is_printed(profile: BankProfile) -> None:
    printed = {name for name, _ in profile.rows}
    assert {*profile.needs, "beneficiary", "amount"} <= printed
    assert {"purpose"} <= printed or {"reference"} <= printed
