"""The API of documents: their facts and their PDF."""

from dataclasses import asdict
from datetime import date

from flask import Response
from pydantic import Field

from billing_panel.api.answer_models import Answer, Country, MoneyAnswer, Percent, minor
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.tax.sale_tax_summary import TaxTreatment
from billing_panel.tax.supply import TaxCategory
from invoices.document import Document, DocumentLine, DocumentTax, Kind, Mark, Marking, Party
from invoices.document_pdf_page import pdf_response
from invoices.functions import InvoicesFunction
from invoices.issue_and_print import content_of, print_document
from invoices.printing.renderer_pool import drawing_for
from invoices.store.find_documents import find_document, marking_of
from invoices.store.models import IssuedDocument

OPEN = "open"

api = Api("invoices_api", "Documents")


class PartyAnswer(Answer):
    """Seller or buyer, as the document names them."""

    name: str
    country: Country
    registration_number: str
    vat_number: str


class CorrectedAnswer(Answer):
    """The invoice that a credit note corrects."""

    id: int
    number: str = Field(examples=["0000000117"])
    issued_on: date


class PeriodAnswer(Answer):
    """From the first day to the last."""

    begins: date
    ends: date


class DocumentLineAnswer(Answer):
    """``amount`` after the discount; net, or gross where the document's prices include tax."""

    title: str
    detail: str
    quantity: int
    unit_price: MoneyAnswer
    discount: MoneyAnswer
    amount: MoneyAnswer
    tax_percent: Percent
    tax_category: TaxCategory
    listed_tax_percent: Percent
    unit: str = Field(description="UN/ECE Recommendation 20.", examples=["C62"])
    period: PeriodAnswer | None


class DocumentTaxAnswer(Answer):
    """``base`` without tax. ``place``: whose tax it is. ``ground``: why there is none, or empty."""

    percent: Percent
    category: TaxCategory
    place: str = Field(examples=["BG"])
    ground: str
    base: MoneyAnswer
    tax: MoneyAnswer


class FiscalAnswer(Answer):
    """What a fiscal device answered; ``link``: where it is shown, or what its code says."""

    number: str = Field(examples=["0000123"])
    device: str = Field(examples=["ED279951"])
    link: str


class DocumentAnswer(Answer):
    """A document as it was issued. ``state``: open, or why it asks for money no more."""

    id: int
    kind: Kind
    number: str = Field(examples=["2000000117"])
    order_number: str = Field(examples=["10017"])
    issued_on: date
    due_on: date
    seller: PartyAnswer
    buyer: PartyAnswer
    treatment: TaxTreatment
    lines: list[DocumentLineAnswer]
    taxes: list[DocumentTaxAnswer]
    net: MoneyAnswer
    tax: MoneyAnswer
    total: MoneyAnswer
    prepaid: MoneyAnswer
    payable: MoneyAnswer
    corrects: CorrectedAnswer | None
    reason: str
    void: bool
    state: str = Field(
        json_schema_extra={
            "enum": [OPEN, *(mark.value for mark in Mark if mark is not Mark.FISCAL)]
        }
    )
    state_since: date | None
    fiscal: FiscalAnswer | None


@api.get(
    "/documents/<bigid:document_id>", InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT
)
def show_document(call: Call, document_id: int) -> DocumentAnswer:
    """Shows a document: its lines, its sums, and whether it still asks for money."""
    row = find_document(call.session, call.actor, document_id)
    return _document(row, content_of(row), marking_of(call.session, row))


@api.get(
    "/invoices/<bigid:document_id>", InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT
)
def show_invoice(call: Call, document_id: int) -> DocumentAnswer:
    """Shows the same; the address that documents had first."""
    return show_document(call, document_id)


@api.get(
    "/documents/<bigid:document_id>.pdf",
    InvoicesFunction.INVOICE_PRINT,
    transaction=False,
    media="application/pdf",
    errors={429: ("too_many_at_once",), 503: ("busy",)},
)
def show_document_pdf(call: Call, document_id: int) -> Response:
    """Prints a document as PDF, with the same bytes each time as long as its state is the same."""
    printed = print_document(
        call.panel.database,
        drawing_for(call.panel, call.actor),
        document_id,
        actor=call.actor,
        clock=call.panel.clock,
    )
    return pdf_response(printed)


@api.get(
    "/invoices/<bigid:document_id>.pdf",
    InvoicesFunction.INVOICE_PRINT,
    transaction=False,
    media="application/pdf",
    errors={429: ("too_many_at_once",), 503: ("busy",)},
)
def show_invoice_pdf(call: Call, document_id: int) -> Response:
    """Prints the same; the address that documents had first."""
    return show_document_pdf(call, document_id)


def _document(row: IssuedDocument, content: Document, marking: Marking | None) -> DocumentAnswer:
    currency = row.currency
    fiscal = marking.fiscal if marking else None
    marking = None if fiscal else marking
    return DocumentAnswer(
        id=row.id,
        kind=row.kind,
        number=row.number,
        order_number=content.order_number,
        issued_on=row.issued_on,
        due_on=row.due_on,
        seller=_party(content.seller),
        buyer=_party(content.buyer),
        treatment=content.treatment,
        lines=[_line(line, currency) for line in content.lines],
        taxes=[_tax(tax, currency) for tax in content.taxes],
        net=minor(content.net, currency),
        tax=minor(content.tax, currency),
        total=minor(content.total, currency),
        prepaid=minor(content.prepaid, currency),
        payable=minor(content.payable, currency),
        corrects=_corrected(row, content),
        reason=content.reason,
        void=row.is_void,
        state=marking.mark.value if marking else OPEN,
        state_since=marking.on if marking else None,
        fiscal=FiscalAnswer(**asdict(fiscal)) if fiscal else None,
    )


def _corrected(row: IssuedDocument, content: Document) -> CorrectedAnswer | None:
    if row.corrects_id is None or content.corrects is None:
        return None
    corrected = content.corrects
    return CorrectedAnswer(
        id=row.corrects_id, number=corrected.number, issued_on=corrected.issued_on
    )


def _party(party: Party) -> PartyAnswer:
    return PartyAnswer(
        name=party.name,
        country=party.country,
        registration_number=party.registration_number,
        vat_number=party.vat_number,
    )


def _line(line: DocumentLine, currency: str) -> DocumentLineAnswer:
    return DocumentLineAnswer(
        title=line.title,
        detail=line.detail,
        quantity=line.quantity,
        unit_price=minor(line.unit_price, currency),
        discount=minor(line.discount, currency),
        amount=minor(line.amount, currency),
        tax_percent=str(line.tax_percent),
        tax_category=line.tax_category,
        listed_tax_percent=str(line.listed_percent),
        unit=line.unit,
        period=PeriodAnswer(begins=line.period.begins, ends=line.period.ends)
        if line.period
        else None,
    )


def _tax(tax: DocumentTax, currency: str) -> DocumentTaxAnswer:
    return DocumentTaxAnswer(
        percent=str(tax.percent),
        category=tax.category,
        place=tax.place,
        ground=tax.ground.words if tax.ground else "",
        base=minor(tax.base, currency),
        tax=minor(tax.tax, currency),
    )
