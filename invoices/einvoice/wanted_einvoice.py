"""Whether a document is to be an e-invoice: decided when it is issued, and frozen with it. Pure."""

from dataclasses import replace

from billing_panel.kernel.language.errors import NotFound, Refused
from billing_panel.kernel.language.text import text
from invoices.document import Document, EInvoicing
from invoices.einvoice.electronic_address import reached_by_peppol
from invoices.einvoice.field_mistakes import field_mistakes
from invoices.einvoice.invoice_of_document import can_be_einvoice

NOT_FIT = "not_an_e_invoice"


def as_wanted(document: Document, wanted: EInvoicing) -> Document:
    """``document`` as the provider wants it; what can't be an e-invoice stays as it is.

    Raises Refused ``not_an_e_invoice``, with each field that is wrong: no number is taken then.
    One for Peppol is an e-invoice all the same where that network does not reach the buyer.
    """
    if wanted is EInvoicing.OFF or not can_be_einvoice(document):
        return document
    to_peppol = wanted is EInvoicing.PEPPOL and reached_by_peppol(document.buyer)
    if mistakes := field_mistakes(document, to_peppol=to_peppol):
        message = text("The document is not issued: it would not be a valid e-invoice.")
        raise Refused(message, code=NOT_FIT, reasons=mistakes)
    return replace(document, e_invoicing=EInvoicing.PEPPOL if to_peppol else EInvoicing.FACTUR_X)


def refuse_other(document: Document, *, for_peppol: bool) -> None:
    """Raises NotFound for what was not issued as an e-invoice, or not for Peppol."""
    if document.e_invoicing is EInvoicing.OFF:
        raise NotFound(text("This document is not an e-invoice."))
    if for_peppol and document.e_invoicing is not EInvoicing.PEPPOL:
        raise NotFound(text("This document was not issued for Peppol: download it as CII."))
