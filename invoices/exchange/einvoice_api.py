"""The API of e-invoices: their XML, and what became of those that were sent."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field

from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import Query, one_of
from billing_panel.api.request_bodies import NoBody
from billing_panel.web.shell.route_access import staff_only
from invoices.exchange.einvoice_file import Syntax, einvoice_file
from invoices.exchange.einvoice_page import xml_response
from invoices.functions import InvoicesFunction
from invoices.store.einvoice_deliveries import DocumentDelivery, SendingState
from invoices.store.find_documents import find_document

api = Api("einvoices_api", "Documents")


class SyntaxQuery(Query):
    """``syntax``: UBL of Peppol BIS Billing 3, or CII as it is in the PDF."""

    syntax: Annotated[Syntax, one_of(Syntax, "unknown_syntax")] = Syntax.CII


class EInvoiceDeliveryAnswer(Answer):
    """A step of a document on its way; ``reference`` and ``said`` are the receiver's."""

    sender: str = Field(examples=["peppol"])
    step: int
    at: datetime
    state: SendingState
    reference: str
    said: str


class DeliveriesAnswer(Answer):
    """The steps of a document, the first one first."""

    items: Sequence[EInvoiceDeliveryAnswer]


@api.get(
    "/documents/<bigid:document_id>.xml",
    InvoicesFunction.INVOICE_PRINT,
    media="application/xml",
)
def show_document_xml(call: Call[NoBody, SyntaxQuery], document_id: int) -> Response:
    """Downloads the e-invoice of a document, in UBL or CII."""
    return xml_response(
        einvoice_file(call.session, document_id, call.query.syntax, actor=call.actor)
    )


@api.get(
    "/invoices/<bigid:document_id>.xml",
    InvoicesFunction.INVOICE_PRINT,
    media="application/xml",
)
def show_invoice_xml(call: Call[NoBody, SyntaxQuery], document_id: int) -> Response:
    """Downloads the same; the address that documents had first."""
    return show_document_xml(call, document_id)


@api.get("/documents/<bigid:document_id>/deliveries", InvoicesFunction.INVOICE_READ)
def list_deliveries(call: Call, document_id: int) -> DeliveriesAnswer:
    """Lists what became of a document that was sent as an e-invoice; for staff alone."""
    staff_only(call.actor)
    row = find_document(call.session, call.actor, document_id)
    return DeliveriesAnswer(items=[_delivery(step) for step in row.answered])


def _delivery(step: DocumentDelivery) -> EInvoiceDeliveryAnswer:
    return EInvoiceDeliveryAnswer(
        sender=step.sender,
        step=step.step,
        at=step.at,
        state=step.state,
        reference=step.reference,
        said=step.said,
    )
