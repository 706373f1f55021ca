"""The e-invoice of a document as a file: made anew of what is frozen, the same bytes each time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from invoices.einvoice.cii_invoice import cii_of
from invoices.einvoice.invoice_of_document import invoice_of
from invoices.einvoice.semantic_invoice import SemanticInvoice
from invoices.einvoice.ubl_invoice import ubl_of
from invoices.einvoice.wanted_einvoice import refuse_other
from invoices.functions import InvoicesFunction
from invoices.issue_and_print import content_of
from invoices.store.find_documents import find_document
from permissions.guard import require


class Syntax(StrEnum):
    """UBL 2.1 of Peppol BIS Billing 3; Cross Industry Invoice, as in the PDF."""

    UBL = "ubl"
    CII = "cii"


WRITERS: Mapping[Syntax, Callable[[SemanticInvoice], bytes]] = {
    Syntax.UBL: ubl_of,
    Syntax.CII: cii_of,
}


@dataclass(frozen=True)
class EInvoiceFile:
    """``number``: of the document."""

    number: str
    xml: bytes


def einvoice_file(
    session: Session, document_id: int, syntax: Syntax, *, actor: Actor
) -> EInvoiceFile:
    """Raises FunctionNotHeld, and NotFound for what is no e-invoice of that syntax too."""
    require(actor, InvoicesFunction.INVOICE_PRINT)
    document = content_of(find_document(session, actor, document_id))
    refuse_other(document, for_peppol=syntax is Syntax.UBL)
    return EInvoiceFile(document.number, WRITERS[syntax](invoice_of(document)))
