"""Documents in one file: those ticked in the list, or all that its filters show, as one PDF or ZIP.

The worker prints them. The page follows it by its script, and without it by loading again.
"""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.i18n import said
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from invoices.functions import InvoicesFunction
from invoices.store.models import IssuedDocument
from plugins.orders.document_bundles.ask_document_bundle import (
    MOST_DOCUMENTS,
    WHY,
    AskDocuments,
    ask_documents,
    find_bundle,
)
from plugins.orders.document_bundles.document_bundle import BundleForm, DocumentBundle
from plugins.orders.documents.list_documents import document_ids
from plugins.orders.documents.read_document_filter import asked_in_address, filter_of
from plugins.orders.store.models import number_of

document_bundles = Blueprint("document_bundles", "plugins.orders")
RULE = "/documents/files/<bigid:bundle_id>"
FORMS = f"any({', '.join(BundleForm)})"
TYPES = {BundleForm.PDF: "application/pdf", BundleForm.ZIP: "application/zip"}
printing = access(needs(InvoicesFunction.INVOICE_PRINT))


@document_bundles.post("/documents/files")
@printing
def ask() -> ResponseReturnValue:
    """Ask for the ticked documents in one file, or for all that the list shows.

    Needs ``invoices:invoice:print``. Refuses none, more than go into one file, and more files than
    one may wait for.
    """
    form = BundleForm.ZIP if request.form.get("form") == BundleForm.ZIP else BundleForm.PDF

    def run(db: Session) -> int:
        command = AskDocuments(_wanted(db), form)
        return ask_documents(db, command, actor=current_actor(), clock=panel().clock).id

    return change(run, _refused, lambda made: redirect(bundle_address(made), 303))


def _wanted(db: Session) -> tuple[int, ...]:
    if request.form.get("which") == "all":
        shown = filter_of(asked_in_address(request.form.get("asked", "")))
        return tuple(document_ids(db, current_actor(), shown, MOST_DOCUMENTS + 1))
    ticked = (whole_number(one) for one in request.form.getlist("document"))
    return tuple(one for one in ticked if one)


def _refused(refusal: DomainError) -> ResponseReturnValue:
    if not refusal.errors:
        raise refusal
    for error in refusal.errors:
        flash(said(error.message), "bad")
    asked = asked_in_address(request.form.get("asked", ""))
    values: dict[str, Any] = dict(asked)
    return redirect(url_for("document_list.index", **values), 303)


def bundle_address(bundle_id: int) -> str:
    """Of the page that says how far it is."""
    return url_for("document_bundles.page", bundle_id=bundle_id)


@document_bundles.get(RULE)
@printing
def page(bundle_id: int) -> ResponseReturnValue:
    """How far the printing is, then the link to the file; what is not in it, and why.

    Needs ``invoices:invoice:print``; for whoever asked for it alone, for a day.
    """
    with panel().database.reading() as db:
        bundle = find_bundle(db, bundle_id, actor=current_actor())
        # the script of the page wants to know how far it is, and no more
        name = "bundle_progress" if "X-Fragment" in request.headers else "document_bundle"
        return render_template(
            f"orders/{name}.html",
            bundle=bundle,
            without=[(number_of(int(one)), int(one), WHY[str(why)]) for one, why in bundle.without],
            failed=_failed(db, bundle),
        )


def _failed(db: Session, bundle: DocumentBundle) -> list[tuple[int, str]]:
    """Id and number of each that could not be printed."""
    rows = select(IssuedDocument.id, IssuedDocument.number)
    found = db.execute(rows.where(IssuedDocument.id.in_(bundle.failed)).order_by(IssuedDocument.id))
    return [(row.id, row.number) for row in found]


@document_bundles.get(f"{RULE}.<{FORMS}:form>")
@printing
def file(bundle_id: int, form: str) -> ResponseReturnValue:
    """The file itself, once it is made.

    Needs ``invoices:invoice:print``; for whoever asked for it alone, for a day.
    """
    with panel().database.reading() as db:
        made = file_of(find_bundle(db, bundle_id, actor=current_actor()), BundleForm(form))
    return bundle_response(made, BundleForm(form))


def file_of(bundle: DocumentBundle, form: BundleForm) -> bytes:
    """Raises NotFound while it isn't ready, and where it was asked for in the other form."""
    if bundle.file is None or bundle.form != form.value:
        raise NotFound(text("The file isn’t ready yet."))
    return bundle.file


def bundle_response(file: bytes, form: BundleForm) -> Response:
    """As whoever asked for it saves it."""
    response = Response(file, content_type=TYPES[form])
    return name_file(response, f"documents.{form.value}", shown=form is BundleForm.PDF)
