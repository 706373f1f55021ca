"""The API of documents as a whole: lists of them, and credit notes written by hand."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, StrictStr, ValidationInfo

from billing_panel.api.answer_models import Answer, Key, MoneyAnswer, PageAnswer, minor
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.known_filters import refuse_unknown_client
from billing_panel.api.query_parameters import PageQuery, chosen, page_by_id, whole
from billing_panel.api.request_bodies import AmountBody, Body, NoBody, amount_in
from invoices.document import Kind
from invoices.functions import InvoicesFunction
from invoices.store.find_documents import find_document
from plugins.orders.documents.document_states import DocumentState
from plugins.orders.documents.invoice_together import InvoiceTogether, invoice_together
from plugins.orders.documents.list_documents import (
    READING,
    DocumentFilter,
    DocumentRow,
    listed_document,
    listed_documents,
)
from plugins.orders.documents.write_credit_note import (
    LineToCredit,
    WriteCreditNote,
    write_credit_note,
)

api = Api("orders_documents_api", "Documents")

Check = Callable[[Any, ValidationInfo], Any]


def _if_given(check: Check) -> BeforeValidator:
    """An empty parameter asks for nothing."""

    def read(written: Any, known: ValidationInfo) -> Any:
        return check(written, known) if written else None

    return BeforeValidator(read)


class DocumentsQuery(PageQuery):
    """``client``: an id; ``provider``: a key; ``query``: words of a number. Empty: whatever."""

    kind: Annotated[Kind | None, _if_given(chosen([*Kind], "unknown_kind"))] = None
    state: Annotated[DocumentState | None, _if_given(chosen([*DocumentState], "unknown_state"))] = (
        None
    )
    client: Annotated[int | None, _if_given(whole())] = Field(default=None, examples=[42])
    provider: str = Field(default="", examples=["nordvik"])
    query: str = Field(default="", examples=["2000000117"])

    def shown(self) -> DocumentFilter:
        return DocumentFilter(
            kind=self.kind,
            state=self.state,
            client=self.client,
            provider=self.provider,
            query=self.query,
            before=self.cursor,
        )


class ListedDocumentAnswer(Answer):
    """``prepaid`` was paid before issue, ``payable`` was asked for. ``orders``: ids of its orders.

    ``corrects``: of a credit note, the id of its invoice, and its number.
    """

    id: int
    kind: Kind
    number: str = Field(examples=["0000000117"])
    date: dt.date
    due_on: dt.date
    state: DocumentState
    client_id: int
    provider: Key
    total: MoneyAnswer
    prepaid: MoneyAnswer
    payable: MoneyAnswer
    orders: list[int]
    corrects: int | None
    corrects_number: str | None


class CreditedLineBody(Body):
    """``line``: its place on the invoice, from 1. No ``amount``: all of it that stands."""

    line: StrictInt = Field(ge=1)
    amount: AmountBody | None = None


class TogetherBody(Body):
    """``orders``: ids, in the order in which they stand on the invoice."""

    orders: list[Annotated[StrictInt, Field(ge=1)]] = Field(max_length=500)


class CreditNoteBody(Body):
    """No ``lines``: the whole invoice. ``refund_to``: where the money goes back; none: nowhere.

    ``order``: of an invoice for several orders, the id of the one that is corrected.
    """

    reason: StrictStr
    order: StrictInt | None = None
    lines: list[CreditedLineBody] = Field(default=[], max_length=500)
    refund_to: Literal["balance", "method"] | None = None


@api.get("/documents", *READING)
def list_documents(call: Call[NoBody, DocumentsQuery]) -> PageAnswer[ListedDocumentAnswer]:
    """Lists the documents in scope, newest first."""
    shown, limit = call.query.shown(), call.query.limit
    refuse_unknown_client(call.session, call.actor, shown.client)
    rows, cursor = page_by_id(listed_documents(call.session, call.actor, shown, limit + 1), limit)
    return PageAnswer(items=[_answer(row) for row in rows], next_cursor=cursor)


@api.post(
    "/documents/together",
    InvoicesFunction.INVOICE_ISSUE,
    status=201,
    example={"orders": [17, 18]},
    errors={
        422: ("too_few_orders", "too_many_orders", "not_together", "not_an_e_invoice", "no_glyph")
    },
)
def post_together(call: Call[TogetherBody]) -> ListedDocumentAnswer:
    """Issues one invoice for several orders of a client, of one provider and month."""
    command = InvoiceTogether(tuple(call.body.orders))
    issued = invoice_together(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(listed_document(call.session, call.actor, issued.id))


@api.post(
    "/documents/<bigid:document_id>/credit-notes",
    InvoicesFunction.CREDIT_NOTE_CREATE,
    status=201,
    example={"reason": "Wrong price", "lines": [{"line": 1, "amount": "12.50"}]},
    errors={
        409: ("transition_refused",),
        422: (
            "not_an_invoice",
            "credited_already",
            "reason_missing",
            "unknown_line",
            "several_orders",
            "more_than_invoiced",
            "invalid_amount",
            "nothing_to_refund",
            "no_glyph",
        ),
    },
)
def post_credit_note(call: Call[CreditNoteBody], document_id: int) -> ListedDocumentAnswer:
    """Takes back an invoice, or lines of it; money goes back only where ``refund_to`` says so."""
    body = call.body
    currency = find_document(call.session, call.actor, document_id).currency
    lines = [
        LineToCredit(one.line, amount_in(currency, one.amount, f"lines.{place}.amount"))
        for place, one in enumerate(body.lines)
    ]
    command = WriteCreditNote(
        document_id, body.reason, tuple(lines), body.refund_to or "", order_id=body.order
    )
    note = write_credit_note(call.session, command, actor=call.actor, clock=call.panel.clock)
    return _answer(listed_document(call.session, call.actor, note.id))


def _answer(row: DocumentRow) -> ListedDocumentAnswer:
    currency = row.currency
    return ListedDocumentAnswer(
        id=row.id,
        kind=row.kind,
        number=row.number,
        date=row.issued_on,
        due_on=row.due_on,
        state=row.state,
        client_id=row.client_id,
        provider=row.provider,
        total=minor(row.total, currency),
        prepaid=minor(row.prepaid, currency),
        payable=minor(row.total - row.prepaid, currency),
        orders=[*row.orders],
        corrects=row.corrects_id,
        corrects_number=row.corrects,
    )
