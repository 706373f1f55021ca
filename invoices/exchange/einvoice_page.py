"""The e-invoice of a document, downloaded from its page."""

from flask import Blueprint, Response, request

from billing_panel.kernel.language.errors import NotFound
from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from invoices.exchange.einvoice_file import EInvoiceFile, Syntax, einvoice_file
from invoices.functions import InvoicesFunction

einvoices = Blueprint("einvoices", __name__)


@einvoices.get("/documents/<bigid:document_id>.xml")
@access(needs(InvoicesFunction.INVOICE_PRINT))
def xml(document_id: int) -> Response:
    """Download the e-invoice of a document; ``syntax`` in the address is ``ubl`` or ``cii``."""
    asked = request.args.get("syntax", Syntax.CII)
    if asked not in [*Syntax]:
        raise NotFound
    with panel().database.reading() as session:
        file = einvoice_file(session, document_id, Syntax(asked), actor=current_actor())
    return xml_response(file)


def xml_response(file: EInvoiceFile) -> Response:
    """Saved, and named after the document."""
    response = Response(file.xml, content_type="application/xml")
    return name_file(response, f"{file.number}.xml")
