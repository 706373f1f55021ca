"""The API of documents: their facts and their PDF."""

from typing import Any

from billing_panel.api.bodies import NoBody
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.kernel.values.money import Money
from billing_panel.web.requests.problem import money
from invoices.actions import content_of, print_document
from invoices.document import Document, Marking
from invoices.functions import InvoicesFunction
from invoices.printing.renderer_pool import drawing_for
from invoices.store.models import IssuedDocument
from invoices.store.queries import find_document, marking_of
from invoices.views import pdf_response

api = Api("invoices_api")


@api.get(
    "/invoices/<bigid:document_id>", InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT
)
def show_invoice(call: Call[NoBody], document_id: int) -> Answer:
    """Show a document as it was issued."""
    row = find_document(call.session, call.actor, document_id)
    return _document(row, content_of(row), marking_of(call.session, row))


@api.get("/invoices/<bigid:document_id>.pdf", InvoicesFunction.INVOICE_PRINT, transaction=False)
def show_invoice_pdf(call: Call[NoBody], document_id: int) -> Answer:
    """Send a document as a PDF, drawn at its first print."""
    printed = print_document(
        call.panel.database,
        drawing_for(call.panel, call.actor),
        document_id,
        actor=call.actor,
        clock=call.panel.clock,
    )
    return pdf_response(printed)


def _document(row: IssuedDocument, content: Document, marking: Marking | None) -> dict[str, Any]:
    """``state``: open, or why it asks for money no more."""

    def amount(minor: int) -> dict[str, str]:
        return money(Money(minor, row.currency))

    return {
        "id": row.id,
        "kind": row.kind.value,
        "number": row.number,
        "order_number": content.order_number,
        "issued_on": row.issued_on.isoformat(),
        "due_on": row.due_on.isoformat(),
        "seller": {"name": content.seller.name, "country": content.seller.country},
        "buyer": {"name": content.buyer.name, "country": content.buyer.country},
        "treatment": content.treatment.value,
        "lines": [
            {
                "title": line.title,
                "detail": line.detail,
                "quantity": line.quantity,
                "unit_price": amount(line.unit_price),
                "discount": amount(line.discount),
                "amount": amount(line.amount),
                "tax_percent": str(line.tax_percent),
            }
            for line in content.lines
        ],
        "taxes": [
            {"percent": str(tax.percent), "base": amount(tax.base), "tax": amount(tax.tax)}
            for tax in content.taxes
        ],
        "net": amount(content.net),
        "tax": amount(content.tax),
        "total": amount(content.total),
        "prepaid": amount(content.prepaid),
        "payable": amount(content.payable),
        "void": row.is_void,
        "state": marking.mark.value if marking else "open",
        "state_since": marking.on.isoformat() if marking else None,
    }
