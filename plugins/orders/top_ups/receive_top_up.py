"""The money of a top-up has come: it is on the balance, once, and covers debts where it is to."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.post_entries import post
from billing_panel.ledger.value_days import read_value_day
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from plugins.orders.lifecycle.cover_debts import cover_debts, lock_owed
from plugins.orders.settlement.ledger.order_postings import RECEIVED_IN
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.ask_top_up import note_top_up, refuse_settled
from plugins.orders.top_ups.find_top_ups import lock_top_up

SUBJECT = "top_up"


def entry_key(top_up_id: int) -> str:
    """The key of its entry in the books: it is written once."""
    return f"top_up:{top_up_id}"


def record_top_up(
    session: Session, top_up_id: int, *, actor: Actor, clock: Clock, received_on: str = ""
) -> TopUp:
    """Staff have found the money in the bank, or taken it at the desk.

    ``received_on``: the day on which it came, as typed; empty: today. Raises FunctionNotHeld,
    NotFound, Conflict ``not_waiting`` or ``paid_outside``, Invalid ``future_day``,
    ``month_closed``.
    """
    require(actor, PanelFunction.BALANCE_CREDIT)
    top_up = lock_top_up(session, actor, top_up_id)
    if top_up.gateway is not None:
        message = text("The payment system itself says when this one is paid.")
        raise Conflict(message, code="paid_outside")
    refuse_settled(top_up)
    day = read_value_day(received_on, top_up.provider, clock.now())
    receive(session, top_up, actor=actor, at=clock.now(), day=day)
    return top_up


def receive(
    session: Session, top_up: TopUp, *, actor: Actor, at: datetime, day: date | None = None
) -> None:
    """Whatever state it was in: money that has come is credited. Its pair is locked."""
    owed = lock_owed(session, top_up.client_id, top_up.provider, actor=actor, at=at)
    credit(session, top_up, actor=actor, at=at, day=day)
    cover_debts(session, owed, actor=actor, at=at)


def credit(
    session: Session, top_up: TopUp, *, actor: Actor, at: datetime, day: date | None = None
) -> None:
    """It is on the balance, and covers nothing yet; ``day``: its value date."""
    source = AccountName(top_up.provider_id, RECEIVED_IN[top_up.method], top_up.currency)
    post(
        session,
        Happened(
            EntryKind.CREDITED, entry_key(top_up.id), (SUBJECT, top_up.id), top_up.number, day
        ),
        [Movement(balance_of(top_up), top_up.amount), Movement(source, -top_up.amount)],
        actor=actor,
        at=at,
    )
    top_up.close(TopUpState.PAID, at)
    note_top_up(session, "top_up.paid", top_up, actor=actor, at=at)


def balance_of(top_up: TopUp) -> AccountName:
    """The account it goes to."""
    held = AccountKind.BALANCE
    return AccountName(top_up.provider_id, held, top_up.currency, top_up.client_id)
