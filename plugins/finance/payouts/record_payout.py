"""Money in transit arrives in the bank: what a payment system or a courier has paid out.

Cards and payment systems stand on the account ``card`` until then, cash on delivery on ``courier``
(M14). What they keep for themselves is a fee, which is an expense of the provider's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import AnyOf, Text, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
)
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.ledger.post_entries import lock_own, post
from billing_panel.ledger.typed_amounts import read_amount
from billing_panel.ledger.value_days import read_value_day
from permissions.guard import require
from plugins.finance.functions import FinanceFunction

PAID_OUT = "provider.paid_out"
MOST = 140
# where money is on its way
IN_TRANSIT: Mapping[AccountKind, Text] = {
    AccountKind.CARD: text("Cards and payment systems"),
    AccountKind.COURIER: text("Couriers"),
}


@dataclass(frozen=True)
class RecordPayout:
    """``provider`` by key; ``source``: ``card`` or ``courier``.

    ``amount``: what arrived in the bank, as typed; ``fee``: what was kept of it, empty: nothing.
    ``received_on``: the day it arrived; empty: today.
    """

    provider: str
    source: str
    amount: str
    fee: str = ""
    reference: str = ""
    received_on: str = ""


def record_payout(
    session: Session, command: RecordPayout, *, actor: Actor, clock: Clock
) -> LedgerEntry:
    """Raises FunctionNotHeld, NotFound, Refused ``more_than_in_transit``: now, or on its day.

    And Invalid ``unknown_source``, ``invalid_amount``, ``length``, ``future_day``,
    ``month_closed``.
    """
    require(actor, FinanceFunction.PAYOUT_RECORD)
    provider, now = find_provider(session, actor, command.provider), clock.now()
    lock_row(session, provider, read=True)
    source, currency = _source(command.source), provider.currency
    amount = read_amount(command.amount, currency)
    fee = read_amount(command.fee, currency, "fee") if command.fee.strip() else Money(0, currency)
    reference = command.reference.strip()
    if len(reference) > MOST or (reference and not is_visible(reference)):
        message = text("At most %(most)s characters.", most=MOST)
        raise Invalid([FieldError("reference", "length", message)])
    day = read_value_day(command.received_on, provider, now)
    lock_own(session, provider.id, currency)
    there = in_transit(session, provider)[source]
    if day is not None:
        there -= _came_after(session, provider, source, day)
    if (amount + fee - there).minor > 0:
        raise Refused(
            text(
                "Only %(there)s is in transit there; the payout and its fee come to %(sum)s.",
                there=there,
                sum=amount + fee,
            ),
            code="more_than_in_transit",
        )
    entry_id = _post(session, command, provider, (amount, fee), day=day, actor=actor, clock=clock)
    record(
        session,
        PAID_OUT,
        actor=actor,
        at=now,
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts={
            "source": source.value,
            "amount": amount.minor,
            "fee": fee.minor,
            "currency": currency,
            **({"received_on": day.isoformat()} if day else {}),
        },
        words={"reference": reference} if reference else None,
    )
    return session.get_one(LedgerEntry, entry_id)


def in_transit(session: Session, provider: Provider) -> Mapping[AccountKind, Money]:
    """What is on its way from where."""
    rows = session.execute(
        select(LedgerAccount.kind, LedgerAccount.balance).where(
            LedgerAccount.provider_id == provider.id,
            LedgerAccount.client_id.is_(None),
            LedgerAccount.currency == provider.currency,
            LedgerAccount.kind.in_(IN_TRANSIT),
        )
    ).all()
    there = {kind: -balance for kind, balance in rows}
    return {kind: Money(there.get(kind, 0), provider.currency) for kind in IN_TRANSIT}


def _came_after(session: Session, provider: Provider, source: AccountKind, day: date) -> Money:
    """What of it came only after ``day``, by value dates; nothing where less is there now."""
    since = (
        select(func.coalesce(func.sum(Posting.amount), 0))
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(
            LedgerAccount.provider_id == provider.id,
            LedgerAccount.client_id.is_(None),
            LedgerAccount.currency == provider.currency,
            LedgerAccount.kind == source,
            LedgerEntry.day > day,
        )
    )
    return Money(max(-int(session.scalar(since) or 0), 0), provider.currency)


def _source(key: str) -> AccountKind:
    found = next((kind for kind in IN_TRANSIT if kind.value == key), None)
    if found is None:
        known = AnyOf([kind.value for kind in IN_TRANSIT])
        message = text("Choose one of: %(sources)s.", sources=known)
        raise Invalid([FieldError("source", "unknown_source", message)])
    return found


def _post(
    session: Session,
    command: RecordPayout,
    provider: Provider,
    sums: tuple[Money, Money],
    *,
    day: date | None,
    actor: Actor,
    clock: Clock,
) -> int:
    amount, fee = sums

    def own(kind: AccountKind) -> AccountName:
        return AccountName(provider.id, kind, provider.currency)

    movements = [
        Movement(own(AccountKind.BANK), -amount.minor),
        Movement(own(_source(command.source)), (amount + fee).minor),
        *([Movement(own(AccountKind.FEES), -fee.minor)] if fee else []),
    ]
    key, subject = f"paid_out:{new_secret()}", ("provider", provider.id)
    happened = Happened(EntryKind.PAID_OUT, key, subject, command.reference.strip(), day)
    return post(session, happened, movements, actor=actor, at=clock.now())
