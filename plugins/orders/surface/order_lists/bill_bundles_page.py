"""The bills of the orders that are ticked in a list as one PDF (``document_bundle_page``)."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.web.shell.i18n import said
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.document_bundles.ask_document_bundle import ask_bills
from plugins.orders.documents.document_bundle_page import bundle_address
from plugins.orders.functions import OrdersFunction
from plugins.orders.surface.order_lists.return_to_list import back_to_the_list
from plugins.orders.surface.order_lists.set_status_in_list import row_named
from plugins.orders.surface.order_lists.url_filters import PAGE

bill_bundles = Blueprint("bill_bundles", "plugins.orders")


@bill_bundles.post("/orders/bills")
@access(needs(OrdersFunction.HISTORY_READ, for_staff=True))
def ask() -> ResponseReturnValue:
    """Ask for the bills of the ticked orders in one file, in the order of the list.

    Needs ``orders:history:read`` and ``invoices:invoice:print``. Refuses orders of which none has a
    bill, and more files than one may wait for.
    """

    def run(db: Session) -> int:
        ids = dict.fromkeys(row_named(one)[0] for one in request.form.getlist("order"))
        wanted = [*ids][:PAGE]
        return ask_bills(db, wanted, actor=current_actor(), clock=panel().clock).id

    return change(run, _refused, lambda made: redirect(bundle_address(made), 303))


def _refused(refusal: DomainError) -> ResponseReturnValue:
    if isinstance(refusal, NotFound):
        raise refusal
    for error in refusal.errors:
        flash(said(error.message), "bad")
    return back_to_the_list()
