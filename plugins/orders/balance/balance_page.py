"""What a client has with their providers: the balances, and the statement of one of them.

The same page for the staff who look after them and, in their own area, for the client.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, seen_memberships
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import DomainError, Invalid
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.client_standing import closing_of, newest, opening_of
from billing_panel.web.shell.download_names import name_file
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.post_in_transaction import answer, change
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, may_open, needs
from billing_panel.web.shell.streamed_files import SHEETS, sheet
from invoices.printing.renderer_pool import drawing_for
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.balance_form import (
    CHANGES,
    BalanceForm,
    after_of,
    carry_out,
    read_balance_form,
)
from plugins.orders.balance.balance_summary import AccountShown, account_shown
from plugins.orders.balance.change_balance import ReverseEntry, reverse_entry
from plugins.orders.balance.statement import Account, Days, Line, find_account, lines_of, read_days
from plugins.orders.balance.statement_files import FileOf, file_of, printed_values, rows_of
from plugins.orders.settlement.overdue_debt import Overdue, overdue_of

PAGE = 50
RULE = "/clients/<bigid:client_id>/balance"
# what reverses an entry does the opposite
UNDONE_BY = {"credited": "debit", "debited": "credit"}

balance = Blueprint("balance", "plugins.orders")
reading = access(needs(PanelFunction.BALANCE_READ))
exporting = access(needs(PanelFunction.STATEMENT_EXPORT))


@dataclass(frozen=True)
class Asked:
    """Which statement; ``days`` as typed, so that nothing is lost. ``refusal``: why not these."""

    provider: str | None
    in_points: bool
    typed: tuple[str, str]
    days: Days = field(default_factory=Days)
    refusal: Invalid | None = None

    def address(self, client_id: int) -> str:
        return url_for(
            "balance.page",
            client_id=client_id,
            provider=self.provider,
            account=POINTS if self.in_points else None,
            first=self.typed[0] or None,
            last=self.typed[1] or None,
        )


@balance.get(RULE, endpoint="page")
@reading
def page(client_id: int) -> ResponseReturnValue:
    """The client's balance with each provider, and the statement with one of them (P5).

    Needs ``balance:balance:read``. ``?change=credit`` opens that form. Refuses days that are none.
    """
    asked = _asked()
    name = request.args.get("change", "")
    form = BalanceForm(name, asked.provider or "", in_points=asked.in_points)
    opened = form if name in CHANGES else None
    return _page(client_id, asked, refusal=asked.refusal, form=opened)


@balance.get(f"{RULE}.<{SHEETS}:kind>")
@exporting
def table(client_id: int, kind: str) -> ResponseReturnValue:
    """The statement as a table, oldest first.

    Needs ``balance:statement:export``. Refuses days that are none, and more rows than a table of
    its kind holds.
    """
    return answer(partial(_table, client_id, kind), partial(_refused, client_id))


def _table(client_id: int, kind: str) -> ResponseReturnValue:
    running = panel()
    with running.database.reading() as db:
        file = _file(db, client_id, _demanded())
        name = file.name
    return sheet(rows_of(running.database, file), current_actor(), name=name, kind=kind)


@balance.get(f"{RULE}.pdf")
@exporting
def pdf(client_id: int) -> ResponseReturnValue:
    """The statement on paper.

    Needs ``balance:statement:export``. Refuses days that are none, and a statement too long to be
    drawn.
    """
    return answer(partial(_pdf, client_id), partial(_refused, client_id))


def _pdf(client_id: int) -> ResponseReturnValue:
    running = panel()
    with running.database.reading() as db:
        file = _file(db, client_id, _demanded())
        name, values = file.name, printed_values(db, file)
    drawn = drawing_for(running, current_actor()).statement(values)
    response = Response(drawn, content_type="application/pdf")
    return name_file(response, f"{name}.pdf", shown=True)


@balance.post(f"{RULE}/credit")
@access(needs(PanelFunction.BALANCE_CREDIT, for_staff=True))
def credit(client_id: int) -> ResponseReturnValue:
    """Put a sum on the client's balance (P7).

    Needs ``balance:balance:credit``. Shows the balance afterwards first; refuses another than was
    shown, and money of which nobody says how it came.
    """
    return _change(client_id, "credit")


@balance.post(f"{RULE}/debit")
@access(needs(PanelFunction.BALANCE_DEBIT, for_staff=True))
def debit(client_id: int) -> ResponseReturnValue:
    """Take a sum off the client's balance (P7).

    Needs ``balance:balance:debit``. Shows the balance afterwards first; refuses another than was
    shown, and more than the client has.
    """
    return _change(client_id, "debit")


@balance.post(f"{RULE}/entries/<bigid:entry_id>/reverse")
@access(needs(PanelFunction.BALANCE_CREDIT, PanelFunction.BALANCE_DEBIT, for_staff=True))
def reverse(client_id: int, entry_id: int) -> ResponseReturnValue:
    """Reverse a credit or a debit by an entry of its own.

    Needs ``balance:balance:debit`` to reverse a credit, ``balance:balance:credit`` to reverse a
    debit. Refuses an entry that is reversed already, and a change without a reason.
    """
    running, asked = panel(), _asked()
    command = ReverseEntry(client_id, entry_id, request.form.get("reason", ""))

    def act(db: Session) -> None:
        reverse_entry(db, command, actor=current_actor(), clock=running.clock)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Reversed."), "ok")
        return redirect(asked.address(client_id), 303)

    def refused(refusal: DomainError) -> ResponseReturnValue:
        return _page(client_id, asked, refusal=refusal, reversing=entry_id)

    return change(act, refused, done)


def _change(client_id: int, name: str) -> ResponseReturnValue:
    form = read_balance_form(name, request.form.get("provider", ""), request.form)
    asked = Asked(form.provider, form.in_points, ("", ""))

    def done() -> ResponseReturnValue:
        flash(carry_out(client_id, form), "ok")
        return redirect(_after_change(client_id, asked), 303)

    return answer(done, lambda refusal: _page(client_id, asked, refusal=refusal, form=form))


def _after_change(client_id: int, asked: Asked) -> str:
    """Whoever may not read statements goes back to the client's orders."""
    if may_open("balance.page"):
        return asked.address(client_id)
    return url_for("orders.history", client_id=client_id)


def _asked() -> Asked:
    values = request.values
    typed = values.get("first", "").strip(), values.get("last", "").strip()
    asked = Asked(values.get("provider") or None, values.get("account") == POINTS, typed)
    try:
        return replace(asked, days=read_days(*typed))
    except Invalid as refusal:
        return replace(asked, refusal=refusal)


def _demanded() -> Asked:
    """What a file is asked of. Raises Invalid for days that are none."""
    asked = _asked()
    if asked.refusal:
        raise asked.refusal
    return asked


def _refused(client_id: int, refusal: DomainError) -> ResponseReturnValue:
    return _page(client_id, _asked(), refusal=refusal)


def _account(db: Session, client_id: int, asked: Asked) -> Account:
    """Raises NotFound."""
    return find_account(db, current_actor(), client_id, asked.provider, in_points=asked.in_points)


def _file(db: Session, client_id: int, asked: Asked) -> FileOf:
    """Raises FunctionNotHeld, NotFound."""
    account, reader = _account(db, client_id, asked), current_actor()
    now = panel().clock.now()
    return file_of(account, asked.days, reader=reader, language=language(), now=now)


@dataclass(frozen=True)
class Purse:
    """A client's account with one provider, and the bills of theirs that are overdue there."""

    account: AccountShown
    overdue: Sequence[Overdue]

    @property
    def provider(self) -> Provider:
        return self.account.provider


@dataclass(frozen=True)
class StatementShown:
    """A page of a statement, newest first, in minor units of ``currency``.

    ``opening`` and ``closing`` are of the days that were asked for. ``next_page``: the id of the
    posting where the next page goes on; None: there is none.
    """

    provider: Provider
    currency: str
    lines: Sequence[Line]
    opening: int
    closing: int
    next_page: int | None


@dataclass(frozen=True)
class BalancePage:
    """``form``: the one that is open. ``reversing``: the entry that is being reversed."""

    client: Client
    asked: Asked
    purses: Sequence[Purse]
    statement: StatementShown
    staff: bool
    refusal: DomainError | None
    form: BalanceForm | None
    reversing: int | None

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}

    @property
    def after(self) -> int | None:
        """The balance after crediting or debiting, minor units, once it is known."""
        return after_of(self.refusal)

    @property
    def reversible(self) -> frozenset[str]:
        """Kinds of entries this person may reverse: by what does the opposite."""
        return frozenset(kind for kind, undo in UNDONE_BY.items() if may_open(f"balance.{undo}"))


def _page(
    client_id: int,
    asked: Asked,
    *,
    refusal: DomainError | None = None,
    form: BalanceForm | None = None,
    reversing: int | None = None,
) -> ResponseReturnValue:
    actor = current_actor()
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        page = BalancePage(
            client=client,
            asked=asked,
            purses=_purses(db, actor, client, asked),
            statement=_statement(db, actor, _account(db, client_id, asked), asked),
            staff=actor.client_id is None,
            refusal=refusal,
            form=form,
            reversing=reversing,
        )
        drawn = render_template("orders/balance.html", page=page)
    return drawn, refusal.status if refusal else 200


def _purses(db: Session, actor: Actor, client: Client, asked: Asked) -> list[Purse]:
    now = panel().clock.now()
    return [
        Purse(
            account_shown(db, actor, membership, in_points=asked.in_points),
            overdue_of(
                db,
                client.id,
                membership.provider_id,
                local_date(now, membership.provider.timezone),
            ),
        )
        for membership in seen_memberships(actor, client)
    ]


def _statement(db: Session, actor: Actor, chosen: Account, asked: Asked) -> StatementShown:
    statement = chosen.statement(asked.days)
    rows = newest(db, replace(statement, before=page_start() or None), PAGE + 1)
    return StatementShown(
        provider=chosen.provider,
        currency=statement.account.currency,
        lines=list(lines_of(db, rows[:PAGE], actor)),
        opening=opening_of(db, statement),
        closing=closing_of(db, statement),
        next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )
