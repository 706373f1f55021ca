"""The semantic model of EN 16931-1:2017: what an e-invoice says, whatever its syntax. Pure.

Each field names its business term (BT) or group (BG). Amounts are decimals of the currency, days
calendar days where the seller is; what is absent is ``""``, None or an empty tuple.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from billing_panel.tax.supply import TaxCategory
from invoices.document import Period


class TypeCode(StrEnum):
    """BT-3, those codes of UNTDID 1001 that are issued here."""

    INVOICE = "380"
    CREDIT_NOTE = "381"
    PREPAYMENT = "386"


@dataclass(frozen=True)
class ElectronicAddress:
    """Where documents reach a party (BT-34, BT-49); ``scheme``: of the EAS code list."""

    scheme: str
    value: str


@dataclass(frozen=True)
class Place:
    """An address (BG-5, BG-8): lines BT-35/50 and BT-36/51, city BT-37/52, code BT-38/53.

    ``region`` is BT-39/54, ``country`` BT-40/55.
    """

    line: str
    second_line: str
    city: str
    post_code: str
    region: str
    country: str


@dataclass(frozen=True)
class TradeParty:
    """The seller (BG-4) or the buyer (BG-7).

    ``name``: BT-27/44; ``identifier``: BT-29/46; ``registration``: BT-30/47; ``vat_number``:
    BT-31/48; ``tax_number``: BT-32; ``reached_at``: BT-34/49; ``contact``, ``phone``, ``email``:
    BG-6/9.
    """

    name: str
    place: Place
    identifier: str = ""
    registration: str = ""
    vat_number: str = ""
    tax_number: str = ""
    reached_at: ElectronicAddress | None = None
    contact: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Preceding:
    """An invoice that is corrected or settled (BG-3): its number BT-25, and its day BT-26."""

    number: str
    issued_on: date


@dataclass(frozen=True)
class Instructions:
    """How to pay (BG-16), and to which account (BG-17); without one nothing is asked for.

    ``means``: BT-81, of UNTDID 4461; ``reference``: BT-83; ``account``: BT-84, an IBAN where
    ``is_iban``; ``name``: BT-85; ``bic``: BT-86.
    """

    means: str
    reference: str = ""
    account: str = ""
    is_iban: bool = False
    name: str = ""
    bic: str = ""


@dataclass(frozen=True)
class TaxCode:
    """Category and rate (BT-151/152 of a line, BT-118/119 of the breakdown)."""

    category: TaxCategory
    percent: Decimal


@dataclass(frozen=True)
class InvoiceLine:
    """A line (BG-25): BT-126 ``id``, BT-129 and BT-130 quantity, BT-131 ``net``, BT-146 ``price``.

    ``discount`` is an allowance of the line (BT-136), ``period`` BG-26, ``name`` BT-153,
    ``description`` BT-154. ``net`` = quantity × price − discount.
    """

    id: str
    name: str
    description: str
    quantity: Decimal
    unit: str
    price: Decimal
    discount: Decimal
    net: Decimal
    tax: TaxCode
    period: Period | None = None


@dataclass(frozen=True)
class TaxBreakdown:
    """What one category and rate come to (BG-23): BT-116 ``base``, BT-117 ``tax``.

    ``reason``: BT-120, ``reason_code``: BT-121, of VATEX.
    """

    code: TaxCode
    base: Decimal
    tax: Decimal
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True)
class Totals:
    """BG-22: BT-106 ``lines``, BT-109 ``net``, BT-110 ``tax``, BT-112 ``total``, BT-113, BT-115."""

    lines: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    prepaid: Decimal
    payable: Decimal


@dataclass(frozen=True)
class SemanticInvoice:
    """An invoice (BG-0).

    BT-1 ``number``, BT-2 ``issued_on``, BT-3 ``type_code``, BT-5 ``currency``, BT-9 ``due_on``,
    BT-10 ``buyer_reference``, BT-13 ``order_reference``, BT-22 ``note``, BT-72 ``delivered_on``,
    BT-80 ``delivered_to``.
    """

    number: str
    type_code: TypeCode
    issued_on: date
    due_on: date | None
    currency: str
    buyer_reference: str
    order_reference: str
    note: str
    preceding: tuple[Preceding, ...]
    seller: TradeParty
    buyer: TradeParty
    delivered_on: date | None
    delivered_to: str
    instructions: Instructions
    lines: tuple[InvoiceLine, ...]
    taxes: tuple[TaxBreakdown, ...]
    totals: Totals
