"""Credit and debit a client's balance or points by hand (P7)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod, Provider
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.tables.request_keys import once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import POINTS
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.models import LedgerEntry
from billing_panel.ledger.post_entries import post, reverse
from billing_panel.ledger.typed_amounts import read_amount
from billing_panel.ledger.value_days import read_value_day
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from plugins.orders.lifecycle.cover_debts import cover_debts, lock_owed
from plugins.orders.settlement.ledger.order_postings import HELD_IN, RECEIVED_IN
from plugins.orders.store.locks.lock_sequence import lock_client

MAX_REASON = 500


@dataclass(frozen=True)
class ChangeBalance:
    """``amount`` as typed, in major units, or whole points where ``in_points``.

    ``provider`` None: the client's only one. ``method``: the key of the kind the money came by, or
    went by; empty where none did, as with goodwill. ``received_on``: the day on which it came or
    went, as typed; empty: today. ``request_key`` makes a repeat harmless.
    """

    client_id: int
    amount: str
    reason: str
    provider: str | None = None
    in_points: bool = False
    method: str = ""
    received_on: str = ""
    request_key: str | None = None


@dataclass(frozen=True)
class ReverseEntry:
    """Undo the credit or debit ``entry_id``, with a reason."""

    client_id: int
    entry_id: int
    reason: str


def credit_balance(
    session: Session, command: ChangeBalance, *, actor: Actor, clock: Clock
) -> LedgerEntry:
    """Raises FunctionNotHeld, NotFound, Refused ``provider_needed``.

    And Invalid ``invalid_amount``, ``future_day``, ``month_closed``.
    """
    require(actor, PanelFunction.BALANCE_CREDIT)
    return _change(session, command, EntryKind.CREDITED, actor=actor, clock=clock)


def debit_balance(
    session: Session, command: ChangeBalance, *, actor: Actor, clock: Clock
) -> LedgerEntry:
    """As crediting, and Refused ``insufficient_funds`` beyond what there is."""
    require(actor, PanelFunction.BALANCE_DEBIT)
    return _change(session, command, EntryKind.DEBITED, actor=actor, clock=clock)


def reverse_entry(
    session: Session, command: ReverseEntry, *, actor: Actor, clock: Clock
) -> LedgerEntry:
    """A credit or debit made by mistake is undone, once; whoever may make the contrary may.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``already_reversed``, Refused
    ``insufficient_funds``.
    """
    require(actor, PanelFunction.BALANCE_DEBIT, PanelFunction.BALANCE_CREDIT)
    _check_reason(command.reason)
    lock_client(session, command.client_id)
    client = find_client(session, actor, client_id=command.client_id)
    entry = session.scalar(
        select(LedgerEntry).filter_by(
            id=command.entry_id, subject_kind="client", subject_id=client.id
        )
    )
    own = {membership.provider_id for membership in client.memberships}
    if entry is None or not _in_scope(entry, own, actor):
        raise NotFound(text("No such entry, or you don’t have access to it."))
    if entry.kind not in CONTRARY:
        raise Conflict(
            text("Only a credit or debit made by hand can be reversed."), code="not_by_hand"
        )
    require(actor, CONTRARY[entry.kind])
    at = clock.now()
    reversal_id = reverse(session, entry, reason=command.reason.strip(), actor=actor, at=at)
    (provider_id,) = {posting.account.provider_id for posting in entry.postings}
    record(
        session,
        "balance.reversed",
        actor=actor,
        at=at,
        subject=("client", client.id),
        provider_id=provider_id,
        client_id=client.id,
        facts={"entry": entry.id},
        words={"reason": command.reason.strip()},
    )
    return session.get_one(LedgerEntry, reversal_id)


CONTRARY = {
    EntryKind.CREDITED: PanelFunction.BALANCE_DEBIT,
    EntryKind.DEBITED: PanelFunction.BALANCE_CREDIT,
}


def _in_scope(entry: LedgerEntry, own: set[int], actor: Actor) -> bool:
    providers = {posting.account.provider_id for posting in entry.postings}
    seen = own if actor.provider_ids is None else own & actor.provider_ids
    return providers <= seen


def _change(
    session: Session, command: ChangeBalance, kind: EntryKind, *, actor: Actor, clock: Clock
) -> LedgerEntry:
    if command.request_key is None:
        return _write(session, command, kind, actor=actor, clock=clock)
    # asked before the kept answer too: it may be of a client who is not the actor's any more
    client = find_client(session, actor, client_id=command.client_id)
    provider_for(session, actor, client, command.provider)

    def run() -> dict[str, Any]:
        return {"entry": _write(session, command, kind, actor=actor, clock=clock).id}

    outcome = once(
        session,
        run,
        scope=f"balance:{actor.key}",
        key=command.request_key,
        content={**asdict(command), "kind": kind.value},
        at=clock.now(),
    )
    return session.scalars(select(LedgerEntry).filter_by(id=outcome.answer["entry"])).one()


def _write(
    session: Session, command: ChangeBalance, kind: EntryKind, *, actor: Actor, clock: Clock
) -> LedgerEntry:
    _check_reason(command.reason)
    lock_client(session, command.client_id)
    client = find_client(session, actor, client_id=command.client_id)
    provider = provider_for(session, actor, client, command.provider)
    if provider.id not in {membership.provider_id for membership in client.memberships}:
        raise NotFound(text("This client has no account with this provider."))
    currency = POINTS if command.in_points else provider.currency
    amount, at = read_amount(command.amount, currency), clock.now()
    day = read_value_day(command.received_on, provider, at)
    other = AccountName(provider.id, _other_side(command, provider, at), currency)
    covers = kind is EntryKind.CREDITED and not command.in_points
    owed = lock_owed(session, client.id, provider, actor=actor, at=at) if covers else []
    held = AccountKind.POINTS if command.in_points else AccountKind.BALANCE
    signed = amount.minor if kind is EntryKind.CREDITED else -amount.minor
    entry_id = post(
        session,
        Happened(
            kind, f"{kind.value}:{new_secret()}", ("client", client.id), command.reason.strip(), day
        ),
        [
            Movement(AccountName(provider.id, held, currency, client.id), signed),
            Movement(other, -signed),
        ],
        actor=actor,
        at=at,
    )
    record(
        session,
        f"balance.{kind.value}",
        actor=actor,
        at=at,
        subject=("client", client.id),
        provider_id=provider.id,
        client_id=client.id,
        facts={
            "amount": amount.minor,
            "currency": currency,
            **({"received_on": day.isoformat()} if day else {}),
        },
        words={"reason": command.reason.strip()},
    )
    cover_debts(session, owed, actor=actor, at=at)
    return session.get_one(LedgerEntry, entry_id)


def methods_of_change(provider: Provider, at: datetime) -> Sequence[PaymentMethod]:
    """Those by which money for a balance comes, or goes then: what staff take."""
    return [
        method
        for method in provider.payment_methods
        if method.staff_may_take
        and not method.is_off(at)
        and method.kind not in {*HELD_IN, MethodKind.CARD_GATEWAY}
    ]


def _other_side(command: ChangeBalance, provider: Provider, at: datetime) -> AccountKind:
    """Where the money came from; raises Invalid ``method_not_allowed``."""
    if command.in_points:
        return AccountKind.POINTS
    if not command.method:
        return AccountKind.WRITE_OFF
    kinds = {method.key: method.kind for method in methods_of_change(provider, at)}
    if command.method not in kinds:
        message = text("Choose one of: %(methods)s.", methods=AnyOf(sorted(kinds)))
        raise Invalid([FieldError("method", "method_not_allowed", message)])
    return RECEIVED_IN[kinds[command.method]]


def _check_reason(reason: str) -> None:
    if not is_visible(reason) or len(reason.strip()) > MAX_REASON:
        message = text("Say briefly why; it appears on the statement.")
        raise Invalid([FieldError("reason", "reason_missing", message)])
