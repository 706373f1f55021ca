"""The bank details on a document, as the profile of its account has them. Pure.

Which rows there are and how they are called is data (``accounts.companies.bank_profiles``).
"""

from billing_panel.kernel.language.text import Text
from invoices.document import Document
from invoices.payment.payment_reference import in_groups, profile_of_document, reference_shown
from invoices.printing.payment_qr_code import russian_purpose


def bank_rows(document: Document, amount: str) -> list[tuple[Text, str]]:
    """Labels and values, those without a value left out; none where no account is known."""
    profile = profile_of_document(document)
    if profile is None:
        return []
    values = _values(document, amount)
    return [(label, values[name]) for name, label in profile.rows if values[name]]


def _values(document: Document, amount: str) -> dict[str, str]:
    bank, seller = document.bank, document.seller
    # within Russia a purpose is asked for, and no BIC
    at_home = document.currency == "RUB"
    tax_numbers = (seller.tax_number, seller.tax_registration_reason)
    reference = reference_shown(document)
    return {
        "beneficiary": seller.name,
        "iban": in_groups(bank.iban),
        "bic": bank.bic,
        "bic_abroad": "" if at_home else bank.bic,
        "bank": bank.name,
        "account": bank.account,
        "code": bank.bik,
        "correspondent": bank.correspondent,
        "tax_numbers": " / ".join(number for number in tax_numbers if number),
        "amount": amount,
        "purpose": russian_purpose(document) if at_home else "",
        "reference": reference,
        "reference_abroad": "" if at_home else reference,
    }
