"""What stands on a document for whoever transfers money: by the law and custom of the seller. Pure.

1. An IBAN stands for itself wherever the seller is.
2. A Russian seller without one: счёт, БИК, корр. счёт, ИНН / КПП and the purpose of the payment.
3. Any other: the account number with what the country's banks go by (routing number, sort code).
"""

from billing_panel.kernel.language.text import Text, text
from invoices.document import Document
from invoices.printing.payment_code import russian_purpose

RUSSIA = "RU"


def bank_rows(document: Document, amount: str) -> list[tuple[Text, str]]:
    """Labels and values, those without a value left out; none where no account is known."""
    bank = document.bank
    if bank.iban:
        rows = _iban(document, amount)
    elif bank.account and document.seller.country == RUSSIA:
        rows = _russian(document, amount)
    elif bank.account:
        rows = _account(document, amount)
    else:
        rows = []
    return [(label, value) for label, value in rows if value]


def _iban(document: Document, amount: str) -> list[tuple[Text, str]]:
    bank = document.bank
    return [
        (text("Beneficiary"), document.seller.name),
        (text("IBAN"), _in_groups(bank.iban)),
        (text("BIC"), bank.bic),
        (text("Beneficiary bank"), bank.name),
        (text("Amount due"), amount),
        (text("Payment reference"), document.number),
    ]


def _russian(document: Document, amount: str) -> list[tuple[Text, str]]:
    bank, seller = document.bank, document.seller
    tax_numbers = (seller.tax_number, seller.tax_registration_reason)
    in_roubles = document.currency == "RUB"
    last = (
        (text("Payment purpose"), russian_purpose(document))
        if in_roubles
        else (text("Payment reference"), document.number)
    )
    return [
        (text("Beneficiary"), seller.name),
        (text("INN / KPP"), " / ".join(number for number in tax_numbers if number)),
        (text("Settlement account"), bank.account),
        (text("Beneficiary bank"), bank.name),
        (text("BIK"), bank.bik),
        (text("Correspondent account"), bank.correspondent),
        (text("BIC"), "" if in_roubles else bank.bic),
        (text("Amount due"), amount),
        last,
    ]


def _account(document: Document, amount: str) -> list[tuple[Text, str]]:
    bank = document.bank
    return [
        (text("Beneficiary"), document.seller.name),
        (text("Account number"), bank.account),
        (text("Bank code"), bank.bik),
        (text("BIC / SWIFT"), bank.bic),
        (text("Beneficiary bank"), bank.name),
        (text("Correspondent account"), bank.correspondent),
        (text("Amount due"), amount),
        (text("Payment reference"), document.number),
    ]


def _in_groups(number: str) -> str:
    """In fours, as banks print an IBAN."""
    plain = "".join(number.split())
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))
