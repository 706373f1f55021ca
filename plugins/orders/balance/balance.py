"""What a client has with their providers: the balances, and the statement of one of them.

The same page for the staff who look after them and, in their own area, for the client.
"""

from dataclasses import dataclass, field, replace

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.scope import find_client, seen_memberships
from billing_panel.kernel.clock import local_date
from billing_panel.kernel.errors import DomainError, Invalid, Refused
from billing_panel.kernel.money import POINTS
from billing_panel.ledger.queries import closing_of, newest, opening_of
from billing_panel.web.access import access, needs
from billing_panel.web.context import current_actor, language, panel
from billing_panel.web.downloads import name_file
from billing_panel.web.i18n import gettext
from billing_panel.web.paging import page_start
from billing_panel.web.streams import SHEETS, sheet
from invoices.press import drawing_for
from permissions.functions import PanelFunction
from permissions.guard import allows
from plugins.orders.balance.accounts_shown import account_shown
from plugins.orders.balance.balance_form import (
    CHANGES,
    BalanceForm,
    after_of,
    carry_out,
    read_balance_form,
)
from plugins.orders.balance.change_balance import ReverseEntry, reverse_entry
from plugins.orders.balance.statement_files import FileOf, file_of, printed_values, rows_of
from plugins.orders.balance.statements import Account, Days, find_account, lines_of, read_days
from plugins.orders.functions import OrdersFunction
from plugins.orders.settlement.overdue import overdue_of

PAGE = 50
RULE = "/clients/<bigid:client_id>/balance"
TOLD_HERE = frozenset({409, 422})

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
    """``?change=credit`` opens that form."""
    asked = _asked()
    name = request.args.get("change", "")
    form = BalanceForm(name, asked.provider or "", in_points=asked.in_points)
    opened = form if name in CHANGES else None
    return _page(client_id, asked, refusal=asked.refusal, form=opened)


@balance.get(f"{RULE}.<{SHEETS}:kind>")
@exporting
def table(client_id: int, kind: str) -> ResponseReturnValue:
    """Oldest first."""
    running, asked = panel(), _asked()
    if asked.refusal:
        return _page(client_id, asked, refusal=asked.refusal)
    with running.database.reading() as db:
        file = _file(db, client_id, asked)
        name = file.name
    try:
        return sheet(rows_of(running.database, file), current_actor(), name=name, kind=kind)
    except Refused as refusal:
        return _page(client_id, asked, refusal=refusal)


@balance.get(f"{RULE}.pdf")
@exporting
def pdf(client_id: int) -> ResponseReturnValue:
    running, asked = panel(), _asked()
    if asked.refusal:
        return _page(client_id, asked, refusal=asked.refusal)
    try:
        with running.database.reading() as db:
            file = _file(db, client_id, asked)
            name, values = file.name, printed_values(db, file)
    except DomainError as refusal:
        if refusal.status not in TOLD_HERE:
            raise
        return _page(client_id, asked, refusal=refusal)
    drawn = drawing_for(running, current_actor()).statement(values)
    response = Response(drawn, content_type="application/pdf")
    return name_file(response, f"{name}.pdf", shown=True)


@balance.post(f"{RULE}/credit")
@access(needs(PanelFunction.BALANCE_CREDIT, for_staff=True))
def credit(client_id: int) -> ResponseReturnValue:
    return _change(client_id, "credit")


@balance.post(f"{RULE}/debit")
@access(needs(PanelFunction.BALANCE_DEBIT, for_staff=True))
def debit(client_id: int) -> ResponseReturnValue:
    return _change(client_id, "debit")


@balance.post(f"{RULE}/entries/<bigid:entry_id>/reverse")
@access(needs(PanelFunction.BALANCE_CREDIT, PanelFunction.BALANCE_DEBIT, for_staff=True))
def reverse(client_id: int, entry_id: int) -> ResponseReturnValue:
    running, asked = panel(), _asked()
    command = ReverseEntry(client_id, entry_id, request.form.get("reason", ""))
    try:
        with running.database.writing() as db:
            reverse_entry(db, command, actor=current_actor(), clock=running.clock)
    except DomainError as refusal:
        if refusal.status not in TOLD_HERE:
            raise
        return _page(client_id, asked, refusal=refusal, reversing=entry_id)
    flash(gettext("Reversed."), "ok")
    return redirect(asked.address(client_id), 303)


def _change(client_id: int, name: str) -> ResponseReturnValue:
    form = read_balance_form(name, request.form.get("provider", ""), request.form)
    asked = Asked(form.provider, form.in_points, ("", ""))
    try:
        told = carry_out(client_id, form)
    except DomainError as refusal:
        if refusal.status not in TOLD_HERE:
            raise
        return _page(client_id, asked, refusal=refusal, form=form)
    flash(told, "ok")
    return redirect(_after_change(client_id, asked), 303)


def _after_change(client_id: int, asked: Asked) -> str:
    """Whoever may not read statements goes back to the client's orders."""
    if allows(current_actor(), PanelFunction.BALANCE_READ):
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


def _account(db: Session, client_id: int, asked: Asked) -> Account:
    """Raises NotFound."""
    return find_account(db, current_actor(), client_id, asked.provider, in_points=asked.in_points)


def _file(db: Session, client_id: int, asked: Asked) -> FileOf:
    """Raises FunctionNotHeld, NotFound."""
    account = _account(db, client_id, asked)
    return file_of(account, asked.days, reader=current_actor(), language=language())


def _page(
    client_id: int,
    asked: Asked,
    *,
    refusal: DomainError | None = None,
    form: BalanceForm | None = None,
    reversing: int | None = None,
) -> ResponseReturnValue:
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        chosen = _account(db, client_id, asked)
        statement = chosen.statement(asked.days)
        rows = newest(db, replace(statement, before=page_start() or None), PAGE + 1)
        return render_template(
            "orders/balance.html",
            client=client,
            asked=asked,
            chosen=chosen,
            currency=statement.account.currency,
            accounts=[
                account_shown(db, actor, membership, in_points=asked.in_points)
                for membership in seen_memberships(actor, client)
            ],
            overdue={
                provider.id: overdue_of(
                    db, client.id, provider.id, local_date(running.clock.now(), provider.timezone)
                )
                for provider in (one.provider for one in seen_memberships(actor, client))
            },
            lines=list(lines_of(db, rows[:PAGE], actor)),
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
            opening=opening_of(db, statement),
            closing=closing_of(db, statement),
            refusal=refusal,
            wrong={error.field: error.message for error in refusal.errors} if refusal else {},
            form=form,
            after=after_of(refusal),
            reversing=reversing,
            staff=actor.client_id is None,
            may_reverse={
                "credited": allows(actor, PanelFunction.BALANCE_DEBIT),
                "debited": allows(actor, PanelFunction.BALANCE_CREDIT),
            }
            if actor.client_id is None
            else {},
            may_export=allows(actor, PanelFunction.STATEMENT_EXPORT),
            may_open=allows(actor, OrdersFunction.ORDER_READ),
            may_see_orders=allows(actor, OrdersFunction.HISTORY_READ),
        ), refusal.status if refusal else 200
