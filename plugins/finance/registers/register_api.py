"""The API of registers: each as JSON, or as the same table that the page gives."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from flask import Response
from pydantic import BeforeValidator, Field

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.api.answer_models import (
    Answer,
    Key,
    MoneyAnswer,
    PageAnswer,
    Percent,
    money,
)
from billing_panel.api.endpoint_dispatch import Api, Call
from billing_panel.api.query_parameters import PageQuery, chosen
from billing_panel.api.request_bodies import NoBody
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.tax.supply import TaxCategory
from billing_panel.web.shell.streamed_files import CSV, CSV_TYPE, XLSX, XLSX_TYPE, sheet
from invoices.document import Kind
from plugins.finance.functions import FinanceFunction
from plugins.finance.registers.aging import AGING
from plugins.finance.registers.general_ledger import ENTRIES, LEDGER
from plugins.finance.registers.log_register_export import log_export
from plugins.finance.registers.payment_register import PAYMENTS
from plugins.finance.registers.register import (
    Asked,
    Register,
    Row,
    Total,
    ask,
    refuse_too_much,
)
from plugins.finance.registers.register_files import file_name, file_rows
from plugins.finance.registers.sales_register import SALES
from plugins.finance.registers.vat_register import VAT, unequal_orders
from plugins.orders.balance.statement import Days, read_days

JSON = "json"
READS = FinanceFunction.REGISTER_READ
FILES = (CSV_TYPE, XLSX_TYPE)
ERRORS = {422: ("too_long", "too_much")}

api = Api("finance_registers_api", "Registers")


class RegisterQuery(PageQuery):
    """``from`` and ``to``: days where each provider is, both counted in; empty: without an end.

    ``provider``: a key; empty: all in scope. ``format``: ``csv`` and ``xlsx`` are whole files.
    """

    from_: str = Field(default="", alias="from", examples=["2026-11-01"])
    to: str = Field(default="", examples=["2026-11-30"])
    provider: str = Field(default="", examples=["nordvik"])
    format: Annotated[
        Literal["json", "csv", "xlsx"], BeforeValidator(chosen([JSON, CSV, XLSX], "unknown_format"))
    ] = "json"


class EntriesQuery(RegisterQuery):
    """``account``: of postings on accounts of that kind alone."""

    account: Annotated[
        AccountKind | None, BeforeValidator(chosen([*AccountKind], "unknown_account"))
    ] = None


class AgingQuery(RegisterQuery):
    """``on``: at the end of which day, as ``to``; empty: today."""

    on: str = Field(default="", examples=["2026-11-30"])


class TotalAnswer(Answer):
    """One sum of the whole register, whatever page is shown: ``what`` it is of."""

    provider: Key
    what: str = Field(examples=["net"])
    title: str
    sum: MoneyAnswer


class SaleAnswer(Answer):
    """One tax of a document; ``id`` is the document's. Credit notes are below zero."""

    id: int
    provider: Key
    date: dt.date
    number: str = Field(examples=["0000000117"])
    kind: Kind
    client: str
    vat_number: str
    country: str = Field(examples=["BG"])
    category: TaxCategory
    percent: Percent
    place: str = Field(examples=["BG"])
    net: MoneyAnswer
    tax: MoneyAnswer
    gross: MoneyAnswer


class VatAnswer(Answer):
    """``oss``: declared in the One Stop Shop. ``documents``: how many have it.

    ``books_net`` and ``books_tax``: what the ledger has of the same tax, deferred revenue too.
    """

    provider: Key
    place: str = Field(examples=["BG"])
    category: TaxCategory
    percent: Percent
    oss: bool
    documents: int
    net: MoneyAnswer
    tax: MoneyAnswer
    gross: MoneyAnswer
    books_net: MoneyAnswer
    books_tax: MoneyAnswer


class UnequalAnswer(Answer):
    """An order whose tax in the books of these days isn't that of its documents of these days."""

    order_id: int
    number: str = Field(examples=["10017"])
    provider: Key
    books: MoneyAnswer
    documents: MoneyAnswer
    by: MoneyAnswer


class PaymentRowAnswer(Answer):
    """``amount`` above zero came in. ``method`` null: it was recorded on a balance by hand."""

    id: int
    provider: Key
    at: dt.datetime
    day: dt.date
    account: AccountKind
    method: MethodKind | None
    what: EntryKind
    order: str
    order_id: int | None
    client: str
    client_id: int | None
    reference: str
    amount: MoneyAnswer


class LedgerAccountAnswer(Answer):
    """Debit is above zero: ``closing`` = ``opening`` + ``debit`` - ``credit``."""

    provider: Key
    account: AccountKind
    opening: MoneyAnswer
    debit: MoneyAnswer
    credit: MoneyAnswer
    closing: MoneyAnswer


class LedgerEntryAnswer(Answer):
    """One posting of the entry ``entry``: either debit or credit."""

    id: int
    provider: Key
    at: dt.datetime
    day: dt.date
    entry: int
    what: EntryKind
    account: AccountKind
    client: str
    order: str
    order_id: int | None
    reason: str
    debit: MoneyAnswer | None
    credit: MoneyAnswer | None


class AgingAnswer(Answer):
    """What a client owed at the end of a day, by how many days it was overdue then."""

    provider: Key
    client: str
    client_id: int
    not_due: MoneyAnswer
    days_1_30: MoneyAnswer
    days_31_60: MoneyAnswer
    days_61_90: MoneyAnswer
    over_90: MoneyAnswer
    total: MoneyAnswer


A = TypeVar("A", bound=Answer)
RegisterCall = Call[NoBody, RegisterQuery]


class RegisterAnswer(PageAnswer[A]):
    """A page of a register, oldest first, and what the whole adds up to."""

    totals: list[TotalAnswer]


class VatRegisterAnswer(RegisterAnswer[VatAnswer]):
    """``differences``: orders that make the difference between documents and books."""

    differences: list[UnequalAnswer]


@api.get("/registers/sales", READS, errors=ERRORS, files=FILES)
def list_sales(call: RegisterCall) -> RegisterAnswer[SaleAnswer] | Response:
    """Lists tax documents with their taxes: invoices, and credit notes below zero."""
    return _file(call, SALES) or RegisterAnswer[SaleAnswer](**_page(call, SALES, SaleAnswer))


@api.get("/registers/vat", READS, errors=ERRORS, files=FILES)
def list_vat(call: RegisterCall) -> VatRegisterAnswer | Response:
    """Sums tax documents by place, category and rate, and compares them with the books."""
    return _file(call, VAT) or VatRegisterAnswer(
        **_page(call, VAT, VatAnswer),
        differences=[
            UnequalAnswer(
                order_id=one.order_id,
                number=one.number,
                provider=one.provider,
                books=money(one.books),
                documents=money(one.documents),
                by=money(one.by),
            )
            for one in unequal_orders(call.session, _asked(call))
        ],
    )


@api.get("/registers/payments", READS, errors=ERRORS, files=FILES)
def list_register_payments(call: RegisterCall) -> RegisterAnswer[PaymentRowAnswer] | Response:
    """Lists what came in and went back, as the accounts of bank, cash and card have it."""
    made = RegisterAnswer[PaymentRowAnswer]
    return _file(call, PAYMENTS) or made(**_page(call, PAYMENTS, PaymentRowAnswer))


@api.get("/registers/ledger", READS, errors=ERRORS, files=FILES)
def list_ledger(call: RegisterCall) -> RegisterAnswer[LedgerAccountAnswer] | Response:
    """Lists the accounts of the general ledger: opening, debit, credit and closing."""
    made = RegisterAnswer[LedgerAccountAnswer]
    return _file(call, LEDGER) or made(**_page(call, LEDGER, LedgerAccountAnswer))


@api.get("/registers/entries", READS, errors=ERRORS, files=FILES)
def list_entries(call: Call[NoBody, EntriesQuery]) -> RegisterAnswer[LedgerEntryAnswer] | Response:
    """Lists the postings of the general ledger, or those of one account."""
    made = RegisterAnswer[LedgerEntryAnswer]
    return _file(call, ENTRIES) or made(**_page(call, ENTRIES, LedgerEntryAnswer))


@api.get("/registers/aging", READS, errors=ERRORS, files=FILES)
def list_aging(call: Call[NoBody, AgingQuery]) -> RegisterAnswer[AgingAnswer] | Response:
    """Lists what clients owed at the end of a day by how long it was overdue; usually today."""
    made = RegisterAnswer[AgingAnswer]
    return _file(call, AGING) or made(**_page(call, AGING, AgingAnswer))


def _asked(call: Call[NoBody, Any]) -> Asked:
    """Raises FunctionNotHeld, NotFound, Invalid."""
    query = call.query
    return ask(
        call.session,
        call.actor,
        query.provider,
        _days(query),
        now=call.panel.clock.now(),
        account=getattr(query, "account", None),
    )


def _days(query: Any) -> Days:
    """Raises Invalid at the filter that is no day."""
    on = getattr(query, "on", "")
    try:
        return read_days(query.from_, on or query.to)
    except Invalid as refusal:
        if not on:
            raise
        named = {"to": "on"}
        errors = [
            FieldError(named.get(one.field, one.field), one.code, one.message)
            for one in refusal.errors
        ]
        raise Invalid(errors) from refusal


def _file(call: Call[NoBody, Any], register: Register) -> Response | None:
    """None: JSON is asked for. Raises TooManyAtOnce, Busy, Refused ``too_long``, ``too_much``."""
    asked, kind = _asked(call), call.query.format
    if kind == JSON:
        return None
    refuse_too_much(call.session, register, asked, in_file=True)
    running = call.panel
    with running.database.writing() as session:
        log_export(session, register, asked, kind, actor=call.actor, clock=running.clock)
    rows = file_rows(call.panel.database, register, asked, call.language)
    return sheet(rows, call.actor, name=file_name(register, asked), kind=kind)


def _page(call: Call[NoBody, Any], register: Register, model: type[Answer]) -> Mapping[str, Any]:
    asked, query = _asked(call), call.query
    refuse_too_much(call.session, register, asked)
    rows, after = register.page(call.session, asked, query.cursor or 0, query.limit)
    return {
        "items": [_answer(row, model) for row in rows],
        "next_cursor": None if after is None else str(after),
        "totals": [_total(one, call.language) for one in register.totals(call.session, asked)],
    }


def _answer(row: Row, model: type[A]) -> A:
    return model(**{name: _plain(getattr(row, name)) for name in model.model_fields})


def _plain(value: Any) -> Any:
    match value:
        case Money():
            return money(value)
        case Decimal():
            return str(value)
    return value


def _total(one: Total, language: str) -> TotalAnswer:
    return TotalAnswer(
        provider=one.provider, what=one.what, title=say(one.title, language), sum=money(one.sum)
    )
