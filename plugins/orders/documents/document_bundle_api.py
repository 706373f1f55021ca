"""The API of documents in one file: asked for, made by the worker, fetched."""

import datetime as dt
from typing import Annotated

from flask import Response
from pydantic import Field, StrictInt

from billing_panel.api.answer_models import Answer
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.request_bodies import Body
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.id_or_name import MAX_ID
from billing_panel.web.shell.route_access import staff_only
from invoices.functions import InvoicesFunction
from plugins.orders.document_bundles.ask_document_bundle import (
    MOST_DOCUMENTS,
    WHY,
    AskDocuments,
    ask_bills,
    ask_documents,
    find_bundle,
)
from plugins.orders.document_bundles.document_bundle import BundleForm, DocumentBundle
from plugins.orders.documents.document_bundle_page import bundle_response, file_of

api = Api("document_bundle_api", "Documents")
# as many as a page of the list of orders has
MOST_ORDERS = 50

OrderId = Annotated[int, Field(strict=True, ge=1, le=MAX_ID)]


class DocumentFileBody(Body):
    """``documents``: ids, in the order they stand in the file."""

    documents: list[Annotated[StrictInt, Field(ge=1)]] = Field(
        min_length=1, max_length=MOST_DOCUMENTS
    )
    form: BundleForm = BundleForm.PDF


class BillFileBody(Body):
    """Ids of orders, in the order in which their bills are to stand."""

    orders: list[OrderId] = Field(min_length=1, max_length=MOST_ORDERS, examples=[[17, 18]])


class WithoutBillAnswer(Answer):
    """An order that has no page in the file, and why."""

    order_id: int
    code: str = Field(examples=["not_billed"])
    message: str


class DocumentFileAnswer(Answer):
    """``printed`` of ``total`` so far. ``failed``: ids of those that can't be printed."""

    id: int
    form: BundleForm
    total: int
    printed: int
    finished_at: dt.datetime | None
    failed: list[int]
    without: list[WithoutBillAnswer]


@api.post(
    "/documents/files",
    InvoicesFunction.INVOICE_PRINT,
    status=202,
    example={"documents": [17, 18], "form": "zip"},
    errors={
        422: ("no_documents", "too_many_documents", "too_many_files"),
        429: ("too_many_at_once",),
    },
)
def post_document_file(call: Call[DocumentFileBody]) -> DocumentFileAnswer:
    """Asks for documents as one PDF or as a ZIP of PDFs; the worker makes it soon.

    The same documents asked for again are made anew in the file they have; 20 different files a day
    are the most.
    """
    body, clock = call.body, call.panel.clock
    command = AskDocuments(tuple(body.documents), body.form)
    made = ask_documents(call.session, command, actor=call.actor, clock=clock)
    return _answer(made, call.language)


@api.post(
    "/orders/bills",
    InvoicesFunction.INVOICE_PRINT,
    status=202,
    example={"orders": [17, 18]},
    errors={422: ("no_bills", "too_many_files"), 429: ("too_many_at_once",)},
)
def post_bill_file(call: Call[BillFileBody]) -> DocumentFileAnswer:
    """Asks for the bills of several orders as one PDF; for staff alone."""
    staff_only(call.actor)
    made = ask_bills(call.session, call.body.orders, actor=call.actor, clock=call.panel.clock)
    return _answer(made, call.language)


@api.get("/documents/files/<bigid:bundle_id>", InvoicesFunction.INVOICE_PRINT)
def show_document_file(call: Call, bundle_id: int) -> DocumentFileAnswer:
    """Shows how far it is; for whoever asked for it alone, for a day."""
    return _answer(find_bundle(call.session, bundle_id, actor=call.actor), call.language)


@api.get(
    "/documents/files/<bigid:bundle_id>.pdf",
    InvoicesFunction.INVOICE_PRINT,
    media="application/pdf",
)
def show_document_file_pdf(call: Call, bundle_id: int) -> Response:
    """The PDF with all of them, once it is made."""
    return _file(call, bundle_id, BundleForm.PDF)


@api.get(
    "/documents/files/<bigid:bundle_id>.zip",
    InvoicesFunction.INVOICE_PRINT,
    media="application/zip",
)
def show_document_file_zip(call: Call, bundle_id: int) -> Response:
    """The archive with a PDF for each, once it is made."""
    return _file(call, bundle_id, BundleForm.ZIP)


def _file(call: Call, bundle_id: int, form: BundleForm) -> Response:
    bundle = find_bundle(call.session, bundle_id, actor=call.actor)
    return bundle_response(file_of(bundle, form), form)


def _answer(bundle: DocumentBundle, language: str) -> DocumentFileAnswer:
    return DocumentFileAnswer(
        id=bundle.id,
        form=BundleForm(bundle.form),
        total=bundle.total,
        printed=bundle.printed,
        finished_at=bundle.finished_at,
        failed=bundle.failed,
        without=[
            WithoutBillAnswer(
                order_id=int(order_id), code=str(why), message=say(WHY[str(why)], language)
            )
            for order_id, why in bundle.without
        ],
    )
