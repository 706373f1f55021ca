"""Registers as pages, and as tables in files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import groupby
from typing import Any, ClassVar

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import provider_names, providers, zone_of
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError, Invalid, Refused
from billing_panel.kernel.language.text import Text, say
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.streamed_files import SHEETS, sheet
from billing_panel.web.shell.template_formats import amount, day
from plugins.finance.functions import FinanceFunction
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.registers.general_ledger import ENTRIES
from plugins.finance.registers.log_register_export import log_export
from plugins.finance.registers.payment_register import ACCOUNTS
from plugins.finance.registers.register import (
    Asked,
    Column,
    Register,
    Row,
    Total,
    ask,
    refuse_too_much,
)
from plugins.finance.registers.register_files import PROVIDER, file_name, file_rows
from plugins.finance.registers.sales_register import SALES
from plugins.finance.registers.vat_register import VAT, Unequal, unequal_orders
from plugins.orders.balance.statement import Days, read_days

PAGE = 50
MOST_TYPED = 40
RULE = f"/registers/<any({', '.join(REGISTERS)}):register>"

registers = Blueprint("registers", "plugins.finance", template_folder="templates")
reading = access(needs(FinanceFunction.REGISTER_READ, for_staff=True))


@dataclass(frozen=True)
class Cell:
    """``label``: the title of its column, for narrow screens. ``href`` empty: it leads nowhere.

    ``below``: those that stand in its second line.
    """

    label: str
    words: str
    is_sum: bool = False
    href: str = ""
    below: Sequence["Cell"] = ()


@dataclass(frozen=True)
class Chosen:
    """What the address asks, as typed; ``refusal``: why it can't be so."""

    first: str
    last: str
    provider: str
    account: str = ""
    days: Days = field(default_factory=Days)
    refusal: Invalid | None = None

    @property
    def address(self) -> Mapping[str, str]:
        """Of the same in a link; days left empty stay so."""
        typed = {"first": self.first, "last": self.last}
        more = {"provider": self.provider, "account": self.account}
        return typed | {key: value for key, value in more.items() if value}


@dataclass(frozen=True)
class RegisterPage:
    """``notes``: the orders that make the difference between tax documents and the books."""

    register: Register
    chosen: Chosen
    heads: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    totals: Sequence[Total]
    notes: Sequence[Unequal]
    providers: Sequence[Provider]
    next_page: int | None
    refusal: DomainError | None = None

    registers: ClassVar = tuple(REGISTERS.values())
    accounts: ClassVar = ACCOUNTS

    @property
    def sums(self) -> Sequence[Sequence[Total]]:
        """The totals of each provider and currency together."""
        by_books = groupby(self.totals, lambda total: (total.provider, total.sum.currency))
        return [[*totals] for _, totals in by_books]

    @property
    def names(self) -> Mapping[str, str]:
        """Of providers, by key."""
        return provider_names(self.providers)

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@registers.get("/registers")
@reading
def index() -> ResponseReturnValue:
    """The register of sales.

    Needs ``finance:register:read``. Refuses days that are none.
    """
    return one(SALES.key)


@registers.get(RULE)
@reading
def one(register: str) -> ResponseReturnValue:
    """A page of a register, of this month unless other days are asked.

    Needs ``finance:register:read``. Refuses days that are none.
    """
    return _page(register)


@registers.get(f"{RULE}.<{SHEETS}:kind>")
@reading
def table(register: str, kind: str) -> ResponseReturnValue:
    """The whole register as a table; the log says who took it.

    Needs ``finance:register:read``. Refuses days that are none, and more rows than a table of its
    kind holds.
    """
    return answer(partial(_table, REGISTERS[register], kind), partial(_page, register))


def _table(register: Register, kind: str) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        chosen = _chosen(providers(db, actor))
        if chosen.refusal:
            raise chosen.refusal
        asked = _asked(db, chosen)
        refuse_too_much(db, register, asked, in_file=True)
    with running.database.writing() as db:
        log_export(db, register, asked, kind, actor=actor, clock=running.clock)
    rows = file_rows(running.database, register, asked, language())
    return sheet(rows, actor, name=file_name(register, asked), kind=kind)


def _page(name: str, refusal: DomainError | None = None) -> ResponseReturnValue:
    register, actor = REGISTERS[name], current_actor()
    with panel().database.reading() as db:
        own = providers(db, actor)
        chosen = _chosen(own)
        asked = _asked(db, chosen)
        try:
            refuse_too_much(db, register, asked)
        except Refused as too_much:
            refusal = refusal or too_much
        shown: tuple[Sequence[Row], int | None] = ((), None)
        if refusal is None:
            shown = register.page(db, asked, page_start(), PAGE)
        rows, next_page = shown
        names = provider_names(own)
        columns = ((PROVIDER,) if len(asked.providers) > 1 else ()) + tuple(register.columns)
        page = RegisterPage(
            register=register,
            chosen=chosen,
            heads=_with_below(columns, [_head(column, rows) for column in columns]),
            rows=[
                _with_below(columns, [_cell(row, column, chosen, names) for column in columns])
                for row in rows
            ],
            totals=register.totals(db, asked) if refusal is None else (),
            notes=unequal_orders(db, asked) if register is VAT and refusal is None else (),
            providers=own,
            next_page=next_page,
            refusal=refusal or chosen.refusal,
        )
        drawn = render_template("finance/register.html", page=page)
    return drawn, page.refusal.status if page.refusal else 200


def _chosen(own: Sequence[Provider]) -> Chosen:
    args = {name: value.strip()[:MOST_TYPED] for name, value in request.args.items()}
    first, last = _this_month(own, args.get("provider", ""))
    if "first" in args or "last" in args:
        first, last = args.get("first", ""), args.get("last", "")
    account = args.get("account", "")
    chosen = Chosen(
        first, last, args.get("provider", ""), account if account in [*AccountKind] else ""
    )
    try:
        return replace(chosen, days=read_days(first, last))
    except Invalid as refusal:
        return replace(chosen, refusal=refusal)


def _this_month(own: Sequence[Provider], key: str) -> tuple[str, str]:
    today = local_date(panel().clock.now(), zone_of(own, key))
    return today.replace(day=1).isoformat(), today.isoformat()


def _asked(db: Session, chosen: Chosen) -> Asked:
    """Raises FunctionNotHeld, NotFound."""
    account = AccountKind(chosen.account) if chosen.account else None
    now = panel().clock.now()
    return ask(db, current_actor(), chosen.provider, chosen.days, now=now, account=account)


def _head(column: Column, rows: Sequence[Row]) -> Cell:
    values = (getattr(row, column.key) for row in rows)
    is_sum = any(isinstance(value, Money) for value in values)
    return Cell("", say(column.title, language()), is_sum)


def _cell(row: Row, column: Column, chosen: Chosen, names: Mapping[str, str]) -> Cell:
    """``names``: of providers, by key."""
    value, label = getattr(row, column.key), say(column.title, language())
    if column is PROVIDER:
        return Cell(label, names[value])
    if isinstance(value, Money):
        return Cell(label, amount(value), is_sum=True)
    in_words = value in column.words
    words = say(column.words[value], language()) if in_words else _words(value)
    return Cell(label, words, href=_href(row, column, chosen))


def _with_below(columns: Sequence[Column], cells: Sequence[Cell]) -> Sequence[Cell]:
    """A cell for each column, or for it and those below it together."""
    together: list[Cell] = []
    for column, cell in zip(columns, cells, strict=True):
        if not column.is_below:
            together.append(cell)
        elif cell.words:
            above = together.pop()
            together.append(replace(above, below=[*above.below, cell]))
    return together


def _words(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return f"{value:%d.%m.%Y %H:%M}"
        case date():
            return day(value)
        case Decimal():
            return f"{value.normalize():f}"
    return str(value)


def _href(row: Row, column: Column, chosen: Chosen) -> str:
    """To what the cell names, for whoever may open it."""
    client_id, order_id = getattr(row, "client_id", None), getattr(row, "order_id", None)
    match column.key:
        case "number" if may_open("document_list.one"):
            return url_for("document_list.one", document_id=row.id)
        case "order" if order_id and may_open("order.details"):
            return url_for("order.details", order_id=order_id)
        case "client" if client_id and may_open("orders.history"):
            return url_for("orders.history", client_id=client_id)
        case "account":
            account: AccountKind = getattr(row, column.key)
            values: dict[str, Any] = {**chosen.address, "account": account.value}
            return url_for("registers.one", register=ENTRIES.key, **values)
    return ""
