"""Finance → Reminders: unpaid bills with what was sent and what comes next; sending and pausing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_names, providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import DomainError
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.finance.functions import FinanceFunction
from plugins.finance.registers.all_registers import REGISTERS
from plugins.finance.reminders.find_reminders import (
    STEP_WORDS,
    STOP_WORDS,
    ReminderStanding,
    SentReminder,
    StandingFilter,
    paused_providers,
    sent_reminders,
    standings,
)
from plugins.finance.reminders.remind_by_hand import (
    PauseReminders,
    pause_reminders,
    remind_now,
    resume_reminders,
)
from plugins.orders.store.find_orders import pair_of

PAGE = 50
MOST_TYPED = 40

reminders = Blueprint("reminders", "plugins.finance")
reading = access(needs(FinanceFunction.REMINDER_READ, for_staff=True))
sending = access(needs(FinanceFunction.REMINDER_SEND, for_staff=True))


@dataclass(frozen=True)
class RemindersPage:
    """``client``: id and name, where the page is of one; ``order_id``: where it is of one order.

    ``paused``: ids of providers with which nobody reminds the client.

    ``refusal``: why nothing was done; ``typed``: what was typed then.
    """

    rows: Sequence[ReminderStanding]
    sent: Sequence[SentReminder]
    provider: str
    providers: Sequence[Provider]
    next_page: int | None
    client: tuple[int, str] | None = None
    paused: frozenset[int] = frozenset()
    order_id: int | None = None
    refusal: DomainError | None = None
    typed: str = ""

    registers: ClassVar = tuple(REGISTERS.values())
    steps: ClassVar = STEP_WORDS
    stops: ClassVar = STOP_WORDS

    @property
    def names(self) -> Mapping[str, str]:
        """Of providers, by key."""
        return provider_names(self.providers)


@reminders.get("/reminders")
@reading
def index() -> ResponseReturnValue:
    """Unpaid bills, by order: what was sent, what comes next. Needs ``finance:reminder:read``."""
    return _page()


@reminders.get("/clients/<bigid:client_id>/reminders")
@reading
def of_client(client_id: int) -> ResponseReturnValue:
    """The same of one client. Needs ``finance:reminder:read``."""
    return _page(client_id=client_id)


@reminders.get("/orders/<bigid:order_id>/reminders")
@reading
def of_order(order_id: int) -> ResponseReturnValue:
    """The same of one order. Needs ``finance:reminder:read``."""
    return _page(order_id=order_id)


@reminders.post("/orders/<bigid:order_id>/reminders")
@sending
def send(order_id: int) -> ResponseReturnValue:
    """Send the next reminder of an order's bill now. Needs ``finance:reminder:send``."""

    def act(db: Session) -> None:
        remind_now(db, order_id, actor=current_actor(), clock=panel().clock)

    return _do(act, order_id=order_id, done=gettext("Reminder sent."))


@reminders.post("/orders/<bigid:order_id>/reminders/pause")
@sending
def pause_order(order_id: int) -> ResponseReturnValue:
    """Pause reminders of an order, or end the pause. Needs ``finance:reminder:send``."""
    return _pause(PauseReminders(_reason(), order_id=order_id), order_id=order_id)


@reminders.post("/clients/<bigid:client_id>/reminders/pause/<key>")
@sending
def pause_client(client_id: int, key: str) -> ResponseReturnValue:
    """Pause reminders of a client, or end the pause. Needs ``finance:reminder:send``."""
    command = PauseReminders(_reason(), client_id=client_id, provider=key)
    return _pause(command, client_id=client_id)


def _reason() -> str:
    return request.form.get("reason", "")


def _pause(
    command: PauseReminders, *, order_id: int | None = None, client_id: int | None = None
) -> ResponseReturnValue:
    resumes = "resume" in request.form

    def act(db: Session) -> None:
        change_it = resume_reminders if resumes else pause_reminders
        change_it(db, command, actor=current_actor(), clock=panel().clock)

    done = gettext("Reminders are resumed.") if resumes else gettext("Reminders are paused.")
    return _do(act, order_id=order_id, client_id=client_id, done=done)


def _do(
    act: Callable[[Session], None],
    *,
    order_id: int | None = None,
    client_id: int | None = None,
    done: str,
) -> ResponseReturnValue:
    def refused(refusal: DomainError) -> ResponseReturnValue:
        return _page(order_id=order_id, client_id=client_id, refusal=refusal)

    def then(_: None) -> ResponseReturnValue:
        flash(done, "ok")
        if order_id is not None:
            return redirect(url_for("reminders.of_order", order_id=order_id), 303)
        return redirect(url_for("reminders.of_client", client_id=client_id), 303)

    return change(act, refused, then)


def _page(
    *,
    client_id: int | None = None,
    order_id: int | None = None,
    refusal: DomainError | None = None,
) -> ResponseReturnValue:
    actor, running = current_actor(), panel()
    provider = request.args.get("provider", "").strip()[:MOST_TYPED]
    with running.database.reading() as db:
        client = None
        if order_id is not None:
            pair_of(db, actor, order_id)
        if client_id is not None:
            found = find_client(db, actor, client_id=client_id)
            client = found.id, found.name
        asked = StandingFilter(provider, client_id, order_id, page_start() or 0)
        rows = standings(db, actor, asked, now=running.clock.now(), limit=PAGE + 1)
        page = RemindersPage(
            rows=rows[:PAGE],
            sent=sent_reminders(db, actor, asked, limit=PAGE),
            provider=provider,
            providers=providers(db, actor),
            next_page=rows[PAGE - 1].order_id if len(rows) > PAGE else None,
            client=client,
            paused=paused_providers(db, client_id) if client_id is not None else frozenset(),
            order_id=order_id,
            refusal=refusal,
            typed=_reason() if refusal else "",
        )
        drawn = render_template("finance/reminders.html", page=page)
    return drawn, refusal.status if refusal else 200
