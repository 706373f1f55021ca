"""Documents as pages: the list, one document, and the credit note written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import ClassVar
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import provider_names, providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.parse_typed_amounts import in_plain
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.streamed_files import SHEETS, sheet
from invoices.document import Document, DocumentLine, FiscalRecord, Kind
from invoices.document_event_wording import NAMES
from invoices.functions import InvoicesFunction
from invoices.hooks import titles_of_ways
from invoices.issue_and_print import content_of
from invoices.store.einvoice_deliveries import DocumentDelivery
from invoices.store.find_documents import find_document, marking_of
from invoices.store.models import IssuedDocument
from plugins.orders.documents.document_list_file import document_rows
from plugins.orders.documents.document_states import STATE_TITLES, DocumentState
from plugins.orders.documents.list_documents import (
    READING,
    DocumentRow,
    correcting,
    document_counts,
    listed_document,
    listed_documents,
)
from plugins.orders.documents.read_document_filter import asked_in, filter_of
from plugins.orders.documents.write_credit_note import (
    LineToCredit,
    WriteCreditNote,
    write_credit_note,
)
from plugins.orders.listing.status_counts import said_few
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import CORRECTED
from plugins.orders.store.find_orders import MAX_COUNT
from plugins.orders.store.models import number_of

PAGE = 50
TONES = {
    DocumentState.OPEN: "warn",
    DocumentState.PAID: "ok",
    DocumentState.ISSUED: "info",
}

documents_list = Blueprint("document_list", "plugins.orders")
reading = access(needs(*READING))


@dataclass(frozen=True)
class DocumentsPage:
    """``asked``: the filters as they stand in the address; ``counts``: by kind, none higher than
    ``MAX_COUNT``.

    ``today``: where each provider is, by its key.
    """

    rows: Sequence[DocumentRow]
    counts: Mapping[Kind, int]
    asked: Mapping[str, str]
    providers: Sequence[Provider]
    next_page: int | None
    previous_page: int | None
    staff: bool
    today: Mapping[str, date]

    kinds: ClassVar = NAMES
    states: ClassVar = STATE_TITLES
    tones: ClassVar = TONES

    def overdue_days(self, row: DocumentRow) -> int:
        """Of a bill that is still to be paid; 0: its day is not over."""
        today = self.today.get(row.provider)
        if row.state is not DocumentState.OPEN or today is None:
            return 0
        return max((today - row.due_on).days, 0)

    @property
    def names(self) -> Mapping[str, str]:
        """Of providers, by key."""
        return provider_names(self.providers)

    def counted(self, kind: Kind | None) -> str:
        """How many there are of one kind or of all, on all pages."""
        if kind is not None:
            return said_few(self.counts.get(kind, 0), language())
        # of which not all were counted
        return said_few(min(sum(self.counts.values()), MAX_COUNT), language())

    @property
    def found(self) -> str:
        """How many there are on all pages."""
        return self.counted(filter_of(self.asked).kind)

    @property
    def address(self) -> str:
        """What is asked for, as it stands behind the ``?`` of an address."""
        return urlencode(self.asked)


@dataclass(frozen=True)
class DocumentPage:
    """``can_credit``: it is an invoice of which something stands, and they may correct it.

    ``typed``: what was sent and refused. ``request_key``: the form's own, so that it is sent once.
    ``deliveries``: how it fared on its way, for staff; ``ways``: what these are called, by key.
    ``fiscal``: of a receipt, who registered it. ``notes``: id and number of what corrects it.
    """

    row: DocumentRow
    content: Document
    deliveries: Sequence[DocumentDelivery]
    can_credit: bool
    request_key: str
    refusal: DomainError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    fiscal: FiscalRecord | None = None
    notes: Sequence[tuple[int, str]] = ()
    ways: Mapping[str, str] = field(default_factory=dict)

    kinds: ClassVar = NAMES
    states: ClassVar = STATE_TITLES
    tones: ClassVar = TONES

    def money(self, minor: int) -> Money:
        return Money(minor, self.content.currency)

    def said(self, line: DocumentLine) -> Money:
        return self.money(line.amount)

    @property
    def orders(self) -> Sequence[tuple[int, str]]:
        """Id and number of each."""
        return [(order_id, number_of(order_id)) for order_id in self.row.orders]

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@documents_list.get("/documents")
@reading
def index() -> ResponseReturnValue:
    """Documents in scope, newest first, narrowed by kind, state, client, provider, day and number.

    Needs ``invoices:invoice:read`` or ``invoices:invoice:print``.
    """
    asked = asked_in(request.args)
    newer = whole_number(request.args.get("newer", ""))
    actor, shown = current_actor(), filter_of(asked, page_start() or None, newer)
    with panel().database.reading() as db:
        rows = listed_documents(db, actor, shown, PAGE + 1)
        more, upwards = len(rows) > PAGE, shown.after is not None
        rows = rows[-PAGE:] if upwards else rows[:PAGE]
        # where one came from there is something on the other side
        has_older, has_newer = upwards or more, more if upwards else shown.before is not None
        own, now = providers(db, actor), panel().clock.now()
        page = DocumentsPage(
            rows=rows,
            counts=document_counts(db, actor, shown),
            asked=asked,
            providers=own,
            next_page=rows[-1].id if rows and has_older else None,
            previous_page=rows[0].id if rows and has_newer else None,
            staff=actor.client_id is None,
            today={one.key: local_date(now, one.timezone) for one in own},
        )
        return render_template("orders/documents.html", page=page)


@documents_list.get(f"/documents.<{SHEETS}:file>")
@reading
def table(file: str) -> ResponseReturnValue:
    """The whole list as a table, narrowed as the page is.

    Needs ``invoices:invoice:read`` or ``invoices:invoice:print``. Refuses more rows than a workbook
    holds.
    """
    shown, actor = filter_of(asked_in(request.args)), current_actor()
    rows = document_rows(panel().database, actor, shown, language())
    return sheet(rows, actor, name="documents", kind=file)


@documents_list.get("/documents/<bigid:document_id>")
@reading
def one(document_id: int) -> ResponseReturnValue:
    """One document: what it says, what it corrects, and the form that corrects it.

    Needs ``invoices:invoice:read`` or ``invoices:invoice:print``.
    """
    return _page(document_id)


@documents_list.post("/documents/<bigid:document_id>/credit-note")
@access(needs(InvoicesFunction.CREDIT_NOTE_CREATE, for_staff=True))
def write_note(document_id: int) -> ResponseReturnValue:
    """Issue a credit note for the invoice, or for lines of it.

    Needs ``invoices:credit_note:create``. Refuses what is no invoice, more than stands of a line,
    and no reason.
    """
    typed = {name: value.strip() for name, value in request.form.items()}
    actor, clock = current_actor(), panel().clock

    def act(session: Session) -> int:
        currency = find_document(session, actor, document_id).currency
        command = WriteCreditNote(
            document_id,
            typed.get("reason", ""),
            _lines(typed, currency),
            _refund_to(typed),
            typed.get("request_key") or None,
            whole_number(typed.get("order", "")),
        )
        return write_credit_note(session, command, actor=actor, clock=clock).id

    return change(act, partial(_page, document_id, typed), _written)


def _written(note_id: int) -> ResponseReturnValue:
    flash(gettext("The credit note is issued."))
    return redirect(url_for("document_list.one", document_id=note_id), 303)


def _refund_to(typed: Mapping[str, str]) -> str:
    wanted = typed.get("refund_to", "")
    return wanted if wanted in {"balance", "method"} else ""


def _lines(typed: Mapping[str, str], currency: str) -> tuple[LineToCredit, ...]:
    """Those with an amount; none: the whole invoice."""
    wanted = []
    for name, written in typed.items():
        place = whole_number(name.removeprefix("line-")) if name.startswith("line-") else None
        if place is not None and written:
            wanted.append(LineToCredit(place, in_plain(written, currency, name)))
    return tuple(sorted(wanted, key=lambda line: line.line))


def _page(
    document_id: int,
    typed: Mapping[str, str] | None = None,
    refusal: DomainError | None = None,
) -> ResponseReturnValue:
    actor = current_actor()
    with panel().database.reading() as db:
        row = listed_document(db, actor, document_id)
        is_standing = row.kind in CORRECTED and row.state is not DocumentState.CREDITED
        issued = db.get_one(IssuedDocument, row.id)
        marking = marking_of(db, issued)
        fiscal = marking.fiscal if marking else None
        is_told = actor.client_id is None and fiscal is None
        page = DocumentPage(
            row=row,
            content=content_of(issued),
            deliveries=issued.answered if is_told else (),
            can_credit=is_standing and bool(row.orders) and may_open("document_list.write_note"),
            # what was refused left no key behind
            request_key=new_secret(),
            refusal=refusal,
            typed=typed or {},
            fiscal=fiscal,
            notes=correcting(db, row.id) if row.kind in CORRECTED else (),
            ways=titles_of_ways(panel().config) if is_told else {},
        )
        answer = render_template("orders/document.html", page=page)
    return answer, refusal.status if refusal else 200
