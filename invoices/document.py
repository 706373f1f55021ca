"""A document as frozen values: what is stored at issue, and all that rendering sees.

Amounts are whole minor units of ``currency``; days are calendar days where the seller is.
Nothing here knows a database, a template or who asked (pure).
"""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from billing_panel.accounts.companies.e_invoicing_modes import EInvoicing
from billing_panel.tax.sale_tax_summary import TaxTreatment, treatment_of
from billing_panel.tax.supply import TaxCategory

__all__ = [
    "FISCAL",
    "BankDetails",
    "CorrectedDocument",
    "Document",
    "DocumentLine",
    "DocumentTax",
    "EInvoicing",
    "Ground",
    "Kind",
    "Mark",
    "OrderPart",
    "Party",
    "Period",
    "TaxCategory",
    "TaxTreatment",
]


class Kind(StrEnum):
    """Pro-forma: the bill to pay, not a tax document. Receipt: that money was taken at the desk.

    The others are tax documents: an advance invoice for what is paid before anything is supplied,
    the invoice for a supply, and the credit note that takes back some of either.
    """

    PROFORMA = "proforma"
    ADVANCE = "advance"
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"


# what the line of a delivery is called among those of its order
DELIVERY = "delivery"
FISCAL = frozenset({Kind.ADVANCE, Kind.INVOICE, Kind.CREDIT_NOTE})


@dataclass(frozen=True)
class Pictures:
    """PNGs for a page, as the document names them; None: there is none."""

    logo: bytes | None = None
    signature: bytes | None = None
    stamp: bytes | None = None


class Mark(StrEnum):
    """Why a document asks for money no more; it is printed across its head.

    ``fiscal``: a receipt that was registered by a fiscal device, as it says below its sums.
    """

    VOID = "void"
    PAID = "paid"
    CLOSED = "closed"
    FISCAL = "fiscal"


@dataclass(frozen=True)
class FiscalRecord:
    """``number`` of the fiscal receipt, the ``device`` that made it, and what its code says."""

    number: str
    device: str
    link: str = ""


@dataclass(frozen=True)
class Marking:
    """``on``: the day of it, where the seller is."""

    mark: Mark
    on: date
    fiscal: FiscalRecord | None = None


@dataclass(frozen=True)
class Party:
    """Seller or buyer as printed. ``country`` is ISO 3166-1 alpha-2; absent numbers are ``""``.

    ``address`` is the whole on one line; ``street`` to ``region`` are its parts (EN 16931 BG-5 and
    BG-8), all ``""`` on documents issued before these were kept.
    """

    name: str
    country: str
    address: str
    registration_number: str = ""
    vat_number: str = ""
    tax_number: str = ""
    tax_registration_reason: str = ""
    email: str = ""
    phone: str = ""
    street: str = ""
    post_code: str = ""
    city: str = ""
    region: str = ""


@dataclass(frozen=True)
class Period:
    """From the day ``begins`` to the day ``ends``, both within it (EN 16931 BG-26)."""

    begins: date
    ends: date


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

    ``listed_percent``: of the tax in ``unit_price`` that ``amount`` is without, so that the price
    of one may be finer than the currency. ``points`` is what the whole line takes in points.
    ``unit`` is of UN/ECE Recommendation 20 (BT-130). ``period``: of the service, where it has
    begun. ``key`` names the line in what it was issued for: a correction finds it by that.
    ``tax_place``: the territory whose tax it carries, as on the sums of the document.
    """

    title: str
    detail: str
    quantity: int
    unit_price: int
    discount: int
    amount: int
    tax_percent: Decimal
    points: int = 0
    tax_category: TaxCategory = TaxCategory.STANDARD
    listed_percent: Decimal = Decimal(0)
    tax_place: str = ""
    unit: str = "C62"
    period: Period | None = None
    key: str = ""

    @property
    def price_of_one(self) -> Decimal:
        """Minor units, as ``amount`` counts them, with four decimals more (EN 16931 BT-146)."""
        exact = self.unit_price * 100 / (100 + self.listed_percent)
        return exact.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Ground:
    """Why no tax is charged (BT-120), in the document's language; ``code``: of VATEX, or ``""``."""

    code: str
    words: str


@dataclass(frozen=True)
class DocumentTax:
    """What one tax comes to: ``base`` without tax, and its ``tax``.

    ``place``: the territory whose tax it is. ``ground``: why there is none, where there is none.
    """

    percent: Decimal
    base: int
    tax: int
    category: TaxCategory = TaxCategory.STANDARD
    place: str = ""
    ground: Ground | None = None


@dataclass(frozen=True)
class CorrectedDocument:
    """The invoice that a credit note corrects, or the advance invoice that an invoice settles.

    The law wants its number and its day there (Art. 219; чл. 115, ал. 4 ЗДДС).
    """

    number: str
    issued_on: date


@dataclass(frozen=True)
class OrderPart:
    """What of a collective invoice is of one order: keys of its lines, and its own sums.

    ``supplied_on``: the day of its tax event; ``paid_on``: as on a document of it alone.
    """

    order_number: str
    lines: tuple[str, ...]
    taxes: tuple[DocumentTax, ...]
    net: int
    tax: int
    total: int
    prepaid: int
    supplied_on: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True)
class Document:
    """Everything on the page. ``total`` = Σ base + Σ tax; ``number`` is also the payment reference.

    ``supplied_on`` is the day of the tax event where that is not the day of issue. ``paid_on`` is
    set where all was paid before issue: then nothing on the page asks for money again. ``prepaid``
    (EN 16931 BT-113) was paid before issue; ``payable`` (BT-115) is what is asked for. ``logo`` is
    the digest of the picture at its head, ``signature`` and ``stamp`` of those where it is signed.

    A credit note says in positive amounts what it takes back, of which document it ``corrects``
    and for what ``reason``. ``settles``: the advance invoices whose sums a line each deducts.
    ``paid_by``: how a receipt's money was paid, in the document's language, ``paid_with``: the kind
    of that method, and ``paid_lines``: for what, with tax in every amount. ``e_invoicing``:
    whether it is an e-invoice too, as the provider had it at issue. ``parts``: of an invoice for
    several orders, what is of each; they add up to it. ``deducted``: tax of the advances it
    settles that no line of it takes off, where the seller's law has it so.
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
    taxes_inside: bool
    net: int
    tax: int
    total: int
    supplied_on: date | None = None
    paid_on: date | None = None
    corrects: CorrectedDocument | None = None
    logo: str | None = None
    prepaid: int = 0
    reason: str = ""
    settles: tuple[CorrectedDocument, ...] = ()
    paid_by: str = ""
    e_invoicing: EInvoicing = EInvoicing.OFF
    parts: tuple[OrderPart, ...] = ()
    deducted: tuple[DocumentTax, ...] = ()
    signature: str | None = None
    stamp: str | None = None
    paid_with: str = ""
    paid_lines: tuple[DocumentLine, ...] = ()

    @property
    def treatment(self) -> TaxTreatment:
        """Why it carries the tax it does, in a word."""
        return treatment_of(tax.category for tax in self.taxes)

    @property
    def payable(self) -> int:
        return self.total - self.prepaid
