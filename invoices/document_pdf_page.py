"""The printed document in the browser."""

from flask import Blueprint, Response

from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from invoices.functions import InvoicesFunction
from invoices.issue_and_print import Printed, print_document
from invoices.printing.renderer_pool import drawing_for

documents = Blueprint("documents", __name__)


@documents.get("/documents/<bigid:document_id>.pdf")
@access(needs(InvoicesFunction.INVOICE_PRINT))
def pdf(document_id: int) -> Response:
    """Print a document: its PDF, shown in the browser."""
    running, actor = panel(), current_actor()
    printed = print_document(
        running.database,
        drawing_for(running, actor),
        document_id,
        actor=actor,
        clock=running.clock,
    )
    return pdf_response(printed)


def pdf_response(printed: Printed) -> Response:
    """Shown in the browser; saved, it is named after the document."""
    response = Response(printed.pdf, content_type="application/pdf")
    return name_file(response, f"{printed.number}.pdf", shown=True)
