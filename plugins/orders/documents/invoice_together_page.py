"""One invoice for the orders that are ticked in a list, or for those of the ticked documents."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.i18n import gettext, said
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from invoices.functions import InvoicesFunction
from plugins.orders.documents.invoice_together import (
    InvoiceTogether,
    invoice_together,
    orders_of_documents,
)

together = Blueprint("invoice_together", "plugins.orders")


@together.post("/documents/together")
@access(needs(InvoicesFunction.INVOICE_ISSUE, for_staff=True))
def issue() -> ResponseReturnValue:
    """Issue one invoice for the ticked orders, or for the orders of the ticked documents.

    Needs ``invoices:invoice:issue``. Refuses fewer than two, those of several clients, providers,
    currencies or months, and those that are invoiced already or not yet to be invoiced.
    """

    def act(db: Session) -> int:
        # a tick in a list of orders says which version was seen, too: ``17.3``
        ticked = [whole_number(one.partition(".")[0]) for one in request.form.getlist("order")]
        documents = [whole_number(one) for one in request.form.getlist("document")]
        named = orders_of_documents(db, [one for one in documents if one])
        orders = (*(one for one in ticked if one), *named)
        command = InvoiceTogether(orders)
        return invoice_together(db, command, actor=current_actor(), clock=panel().clock).id

    return change(act, _refused, _issued)


def _issued(document_id: int) -> ResponseReturnValue:
    flash(gettext("The invoice is issued."), "ok")
    return redirect(url_for("document_list.one", document_id=document_id), 303)


def _refused(refusal: DomainError) -> ResponseReturnValue:
    if isinstance(refusal, NotFound):
        raise refusal
    messages = [
        *(error.message for error in refusal.errors),
        *(reason.message for reason in refusal.reasons),
    ]
    for message in messages or [refusal.message]:
        flash(said(message), "bad")
    return redirect(_list(), 303)


def _list() -> str:
    """Where they were ticked."""
    client_id = whole_number(request.form.get("client_id", ""))
    if request.form.getlist("document"):
        return url_for("document_list.index")
    if client_id:
        return url_for("orders.history", client_id=client_id)
    return url_for("every_order.index")
