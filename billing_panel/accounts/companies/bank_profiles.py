"""How accounts are written, by country: what a transfer needs, and how it is called there. Pure.

One table: the documents print by it, and bank transfer is offered only where an account is whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from billing_panel.kernel.language.text import Text, text


@dataclass(frozen=True)
class BankAccount:
    """An account as it was entered; ``code`` is what the banks of the country go by."""

    iban: str = ""
    bic: str = ""
    account: str = ""
    correspondent: str = ""
    code: str = ""


@dataclass(frozen=True)
class BankProfile:
    """``needs``: fields of the account without which nobody can pay to it; ``or_one_of``: and one.

    ``rows``: what is printed, in this order, each by its name (``invoices.printing.bank_rows``).
    ``has_reference``: a payment carries a reference with check digits (ISO 11649).
    """

    needs: tuple[str, ...]
    rows: tuple[tuple[str, Text], ...]
    or_one_of: tuple[str, ...] = ()
    has_reference: bool = False

    def is_whole(self, account: BankAccount) -> bool:
        """Money finds it."""
        one_of = any(getattr(account, name) for name in self.or_one_of) or not self.or_one_of
        return one_of and all(getattr(account, name) for name in self.needs)


BENEFICIARY = ("beneficiary", text("Beneficiary"))
BANK = ("bank", text("Beneficiary bank"))
AMOUNT = ("amount", text("Amount due"))
REFERENCE = ("reference", text("Payment reference"))
ACCOUNT = ("account", text("Account number"))
SWIFT = ("bic", text("BIC / SWIFT"))
CORRESPONDENT = ("correspondent", text("Correspondent account"))

IBAN = BankProfile(
    needs=("iban",),
    rows=(BENEFICIARY, ("iban", text("IBAN")), ("bic", text("BIC")), BANK, AMOUNT, REFERENCE),
    has_reference=True,
)
RUSSIAN = BankProfile(
    needs=("account", "code"),
    rows=(
        BENEFICIARY,
        ("tax_numbers", text("INN / KPP")),
        ("account", text("Settlement account")),
        BANK,
        ("code", text("BIK")),
        CORRESPONDENT,
        ("bic_abroad", text("BIC")),
        AMOUNT,
        ("purpose", text("Payment purpose")),
        ("reference_abroad", text("Payment reference")),
    ),
)


def _domestic(code: Text, *, is_needed: bool = True) -> BankProfile:
    """An account number; from abroad it is found by its BIC."""
    return BankProfile(
        needs=("account",),
        or_one_of=("code", "bic") if is_needed else (),
        rows=(BENEFICIARY, ACCOUNT, ("code", code), SWIFT, BANK, CORRESPONDENT, AMOUNT, REFERENCE),
    )


# An account number alone names no bank there.
BY_COUNTRY: Mapping[str, BankProfile] = {
    "RU": RUSSIAN,
    "US": _domestic(text("Routing number (ABA)")),
    "GB": _domestic(text("Sort code")),
    "CA": _domestic(text("Transit and institution number")),
    "AU": _domestic(text("BSB")),
    "IN": _domestic(text("IFSC")),
    "SG": _domestic(text("Bank and branch code")),
    "HK": _domestic(text("Bank and branch code")),
    "CN": _domestic(text("CNAPS code")),
    "JP": _domestic(text("Bank and branch code")),
    "ZA": _domestic(text("Branch code")),
}
ELSEWHERE = _domestic(text("Bank code"), is_needed=False)


def profile_of(country: str, account: BankAccount) -> BankProfile | None:
    """How the account of a seller in ``country`` is written; None: there is none that is whole.

    An IBAN stands for itself wherever the seller is.
    """
    profile = IBAN if account.iban else BY_COUNTRY.get(country, ELSEWHERE)
    return profile if profile.is_whole(account) else None
