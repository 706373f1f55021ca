"""A document as plain frozen values: what is kept at issue, and all that rendering may see.

Amounts are whole minor units of ``currency``; days are calendar days where the seller is.
Nothing here knows a database, a template or who asked (pure).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_panel.catalog.rules.tax import TaxTreatment

__all__ = [
    "BankDetails",
    "CorrectedDocument",
    "Document",
    "DocumentLine",
    "DocumentTax",
    "Kind",
    "Mark",
    "Party",
    "TaxTreatment",
]


class Kind(StrEnum):
    """Pro-forma: the bill to pay, not a tax document. The other two are the fiscal series."""

    PROFORMA = "proforma"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Mark(StrEnum):
    """Why a document asks for money no more; it is printed across its head."""

    VOID = "void"
    PAID = "paid"
    CLOSED = "closed"


@dataclass(frozen=True)
class Marking:
    """``on``: the day of it, where the seller is."""

    mark: Mark
    on: date


@dataclass(frozen=True)
class Party:
    """Seller or buyer as printed. ``country`` is ISO 3166-1 alpha-2; absent numbers are ``""``."""

    name: str
    country: str
    address: str
    registration_number: str = ""
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class BankDetails:
    """Where to pay: an IBAN with its BIC, or a Russian account with its correspondent and БИК."""

    name: str
    iban: str = ""
    bic: str = ""
    account: str = ""
    correspondent: str = ""
    bik: str = ""


@dataclass(frozen=True)
class DocumentLine:
    """One line. ``amount`` is net where ``taxes_inside`` is false, else gross, after discount.

    ``points`` is what the whole line takes in points.
    """

    title: str
    detail: str
    quantity: int
    unit_price: int
    discount: int
    amount: int
    tax_percent: Decimal
    points: int = 0


@dataclass(frozen=True)
class DocumentTax:
    """One rate's total: ``base`` without tax, and its ``tax``."""

    percent: Decimal
    base: int
    tax: int


@dataclass(frozen=True)
class CorrectedDocument:
    """The invoice that a credit note corrects; the law wants both on the credit note (Art. 219)."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class Document:
    """Everything on the page. ``total`` = Σ base + Σ tax; ``number`` is also the payment reference.

    ``supplied_on`` is the day of the tax event where that is not the day of issue. ``paid_on`` is
    set where all was paid before issue: then nothing on the page asks for money again. ``prepaid``
    (EN 16931 BT-113) was paid before issue; ``payable`` (BT-115) is what is asked for. ``logo`` is
    the digest of the picture at its head.
    """

    kind: Kind
    language: str
    number: str
    order_number: str
    account_number: str
    issued_on: date
    due_on: date
    currency: str
    brand: str
    seller: Party
    buyer: Party
    bank: BankDetails
    lines: tuple[DocumentLine, ...]
    taxes: tuple[DocumentTax, ...]
    treatment: TaxTreatment
    taxes_inside: bool
    net: int
    tax: int
    total: int
    supplied_on: date | None = None
    paid_on: date | None = None
    corrects: CorrectedDocument | None = None
    logo: str | None = None
    prepaid: int = 0

    @property
    def payable(self) -> int:
        return self.total - self.prepaid
