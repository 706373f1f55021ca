"""How a client stands with a provider, and how they came there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, contains_eager

from billing_panel.accounts.access.fact_visibility import sees
from billing_panel.accounts.firms.providers import Provider
from billing_panel.kernel.language.guarded_text import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.entries import AccountKind, AccountName, exposure, spendable
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting, reversal_key

STANDING = select(LedgerAccount.kind, LedgerAccount.balance, LedgerAccount.floor).where(
    LedgerAccount.client_id == bindparam("client_id"),
    LedgerAccount.provider_id == bindparam("provider_id"),
)


@dataclass(frozen=True)
class Standing:
    """How a client stands with a provider: minor units of its currency, and whole points.

    ``floor``: the balance does not fall below it, nor minus the debt with what is below zero.
    """

    balance: int
    points: int
    debt: int
    floor: int = 0

    @property
    def can_spend(self) -> int:
        return self.can_pay(0)

    def can_pay(self, of_debt: int) -> int:
        """How much of a sum, of which ``of_debt`` is a debt, can be paid out of the balance."""
        return spendable(self.balance, self.floor, self.debt, of_debt=of_debt)

    @property
    def exposure(self) -> int:
        """What the client is lent: debts, and what the balance is below zero."""
        return exposure(self.balance, self.debt)


def standing(session: Session, client_id: int, provider_id: int) -> Standing:
    """Read how a client stands with a provider; zero where they have no account yet."""
    rows = session.execute(STANDING, {"client_id": client_id, "provider_id": provider_id}).all()
    balances = {row.kind: row.balance for row in rows}
    return Standing(
        balance=balances.get(AccountKind.BALANCE, 0),
        points=balances.get(AccountKind.POINTS, 0),
        debt=-balances.get(AccountKind.RECEIVABLE, 0),
        floor=next((row.floor or 0 for row in rows if row.kind is AccountKind.BALANCE), 0),
    )


def seen_standing(
    session: Session, actor: Actor, client_id: int, provider_id: int
) -> Standing | None:
    """What ``actor`` is shown of it; None: nothing."""
    if not sees(actor, Fact.BALANCE):
        return None
    return standing(session, client_id, provider_id)


@dataclass(frozen=True)
class Statement:
    """Postings of one account; of a client's balance or points with a provider.

    ``since`` and ``until`` are moments, the second not counted in. ``before`` and ``after`` are ids
    of postings: where a page begins, newest first or oldest first.
    """

    account: AccountName
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    after: int | None = None

    def postings(self) -> Select[Posting]:
        """Those of the window, each with its entry, in no order."""
        found = (
            select(Posting)
            .join(LedgerAccount, Posting.account_id == LedgerAccount.id)
            .join(LedgerEntry, Posting.entry_id == LedgerEntry.id)
            .where(
                LedgerAccount.provider_id == self.account.provider_id,
                LedgerAccount.client_id == self.account.client_id,
                LedgerAccount.kind == self.account.kind,
                LedgerAccount.currency == self.account.currency,
            )
            .options(contains_eager(Posting.entry), contains_eager(Posting.account))
        )
        if self.since is not None:
            found = found.where(LedgerEntry.at >= self.since)
        if self.until is not None:
            found = found.where(LedgerEntry.at < self.until)
        if self.before is not None:
            found = found.where(Posting.id < self.before)
        if self.after is not None:
            found = found.where(Posting.id > self.after)
        return found


def held_account(client_id: int, provider: Provider, *, in_points: bool) -> AccountName:
    """What the client has with the provider: money, or points."""
    if in_points:
        return AccountName(provider.id, AccountKind.POINTS, POINTS, client_id)
    return AccountName(provider.id, AccountKind.BALANCE, provider.currency, client_id)


def newest(session: Session, statement: Statement, limit: int) -> Sequence[Posting]:
    """Read ``limit`` postings of the statement at most, newest first."""
    page = statement.postings().order_by(Posting.id.desc()).limit(limit)
    return session.scalars(page).all()


def oldest(session: Session, statement: Statement, limit: int) -> Sequence[Posting]:
    """Read ``limit`` postings of the statement at most, oldest first."""
    page = statement.postings().order_by(Posting.id).limit(limit)
    return session.scalars(page).all()


def balance_at(session: Session, account: AccountName, moment: datetime | None) -> int:
    """How the account stood just before ``moment``; None: how it stands."""
    last = newest(session, Statement(account, until=moment), 1)
    return last[0].balance_after if last else 0


def opening_of(session: Session, statement: Statement) -> int:
    """How the account stood when the window began."""
    if statement.since is None:
        return 0
    return balance_at(session, statement.account, statement.since)


def closing_of(session: Session, statement: Statement) -> int:
    """Read how the account stood when the window ended; without an end, how it stands."""
    return balance_at(session, statement.account, statement.until)


def reversed_among(session: Session, entries: Iterable[LedgerEntry]) -> set[int]:
    """Ids of those ``entries`` that were reversed."""
    keys = {reversal_key(entry.id): entry.id for entry in entries}
    there = session.scalars(select(LedgerEntry.key).where(LedgerEntry.key.in_(keys)))
    return {keys[key] for key in there}
