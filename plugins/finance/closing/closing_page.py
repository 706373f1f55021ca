"""The page of closed months."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.access.scope import providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.ledger.models import BooksClosing
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.finance.closing.close_months import (
    CloseMonth,
    ReopenMonth,
    close_month,
    closings,
    reopen_month,
)
from plugins.finance.functions import CLOSING, FinanceFunction
from plugins.finance.registers.all_registers import REGISTERS

# of each provider; the whole history is in the API
SHOWN = 24

closing = Blueprint("closing", "plugins.finance")


@dataclass(frozen=True)
class ClosingShown:
    """A closing, or a reopening; ``by`` empty: nobody, or somebody who isn’t known here."""

    row: BooksClosing
    by: str
    reopens: bool


@dataclass(frozen=True)
class ClosingPage:
    """``history``: of each provider, by key, when what was closed or reopened, the newest first.

    ``typed``: what was sent and refused, by the names of the fields.
    """

    providers: Sequence[Provider]
    today: Mapping[str, date]
    history: Mapping[str, Sequence[ClosingShown]]
    refusal: DomainError | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    registers: ClassVar = tuple(REGISTERS.values())

    def next_month(self, provider: Provider) -> str:
        """The one to be closed next: after the last closed, else the one before this."""
        closed = provider.books_closed_on
        if closed is not None:
            return f"{closed + timedelta(days=1):%Y-%m}"
        return f"{self.today[provider.key].replace(day=1) - timedelta(days=1):%Y-%m}"

    def is_sent(self, provider: Provider, what: str) -> bool:
        return (self.typed.get("provider"), self.typed.get("do")) == (provider.key, what)

    @property
    def wrong(self) -> Mapping[str, Text]:
        """What is said of each field."""
        return {error.field: error.message for error in self.refusal.errors} if self.refusal else {}


@closing.get("/closed-months")
@access(needs(*CLOSING, FinanceFunction.REGISTER_READ, for_staff=True))
def index() -> ResponseReturnValue:
    """Up to which day the books of each provider are closed.

    Needs ``finance:register:read``, ``finance:month:close`` or ``finance:month:reopen``.
    """
    return _page()


@closing.post("/closed-months/close")
@access(needs(FinanceFunction.MONTH_CLOSE, for_staff=True))
def close() -> ResponseReturnValue:
    """Close a month and all before it.

    Needs ``finance:month:close``. Refuses a month that isn't over, or is closed already.
    """
    command = CloseMonth(request.form.get("provider", ""), request.form.get("month", ""))
    return _act(partial(_run, close_month, command), gettext("The month is closed."))


@closing.post("/closed-months/reopen")
@access(needs(FinanceFunction.MONTH_REOPEN, for_staff=True))
def reopen() -> ResponseReturnValue:
    """Reopen a month and all after it.

    Needs ``finance:month:reopen``. Refuses a month that isn't closed, and one without a reason.
    """
    typed = request.form
    command = ReopenMonth(
        typed.get("provider", ""), typed.get("month", ""), typed.get("reason", "")
    )
    return _act(partial(_run, reopen_month, command), gettext("The month is open again."))


def _run(act: Callable[..., Provider], command: object, db: Session) -> None:
    act(db, command, actor=current_actor(), clock=panel().clock)


def _act(act: Callable[[Session], None], said: str) -> ResponseReturnValue:
    def done() -> ResponseReturnValue:
        with panel().database.writing() as db:
            act(db)
        flash(said, "ok")
        return redirect(url_for("closing.index"), 303)

    return answer(done, _page)


def _history(db: Session, provider: Provider) -> Sequence[ClosingShown]:
    rows = closings(db, [provider.id], SHOWN + 1)
    names = people(db, [row.user_id for row in rows], current_actor())
    before = [row.closed_on for row in rows[1:]]
    shown = []
    for row, earlier in zip(rows[:SHOWN], [*before, date.min], strict=False):
        person = names.get(row.user_id or 0)
        shown.append(ClosingShown(row, person.name if person else "", row.closed_on < earlier))
    return shown


def _page(refusal: DomainError | None = None) -> ResponseReturnValue:
    now = panel().clock.now()
    with panel().database.reading() as db:
        own = providers(db, current_actor())
        page = ClosingPage(
            providers=own,
            today={one.key: local_date(now, one.timezone) for one in own},
            history={one.key: _history(db, one) for one in own},
            refusal=refusal,
            typed=request.form,
        )
        drawn = render_template("finance/closed_months.html", page=page)
    return drawn, refusal.status if refusal else 200
