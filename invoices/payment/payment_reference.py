"""The reference of a payment, with check digits: the creditor reference of ISO 11649. Pure.

``NH-2026-000417`` is ``RF65 NH20 2600 0417``: the number without what parts it, and two digits by
which a bank notices a mistake. The same stands in the text, in the code and in the e-invoice.
A number that is too long, or has letters other than Latin ones, is its own reference. A Swiss
QR-IBAN takes another kind (``qr_reference``).
"""

import re

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from billing_panel.accounts.companies.bank_profiles import BankAccount, BankProfile, profile_of
from invoices.document import Document
from invoices.payment.qr_reference import (
    core_of_qr_reference,
    is_qr_iban,
    qr_reference,
    qr_reference_shown,
)

# what parts the letters and digits of a number
PARTING = " -/._"
CORE = re.compile(r"[0-9A-Z]{1,21}", re.ASCII)


def profile_of_document(document: Document) -> BankProfile | None:
    """How the account on it is written; None: nobody can transfer anything."""
    bank = document.bank
    account = BankAccount(bank.iban, bank.bic, bank.account, bank.correspondent, bank.bik)
    return profile_of(document.seller.country, account)


def reference_of(document: Document) -> str:
    """What whoever pays writes, without spaces between its groups."""
    profile = profile_of_document(document)
    if profile is None or not profile.has_reference:
        return document.number
    if is_qr_iban(document.bank.iban):
        return qr_reference(core_of(document.number)) or document.number
    return rf_reference(document.number) or document.number


def reference_shown(document: Document) -> str:
    """The same as it is printed, one with check digits in groups."""
    reference = reference_of(document)
    if reference == document.number:
        return reference
    return (in_groups if reference.startswith("RF") else qr_reference_shown)(reference)


def rf_reference(number: str) -> str | None:
    """``RF``, two check digits, the number; None: it can't be written so."""
    core = core_of(number)
    if not CORE.fullmatch(core):
        return None
    return f"RF{mod_97_10.calc_check_digits(f'{core}RF')}{core}"


def core_of(number: str) -> str:
    """A number without what parts it, in capitals."""
    return number.upper().translate(dict.fromkeys(map(ord, PARTING)))


def core_of_reference(reference: str) -> str | None:
    """The number in a reference, as ``core_of`` has it; None: it is none, or mistyped."""
    plain = core_of(reference)
    if plain.startswith("RF") and iso11649.is_valid(plain):
        return plain[4:]
    return core_of_qr_reference(reference)


def in_groups(reference: str) -> str:
    """In fours, as banks print an IBAN and a reference."""
    plain = "".join(reference.split())
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
