"""How a client stands with a provider, and how they came there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.batched_reads import Ahead, rows_of
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS
from billing_panel.ledger.double_entry import AccountKind, AccountName, exposure, spendable
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting, reversal_key

STANDING = select(LedgerAccount.kind, LedgerAccount.balance, LedgerAccount.floor).where(
    LedgerAccount.client_id == bindparam("client_id"),
    LedgerAccount.provider_id == bindparam("provider_id"),
)
STANDINGS = select(
    LedgerAccount.provider_id, LedgerAccount.kind, LedgerAccount.balance, LedgerAccount.floor
).where(
    LedgerAccount.client_id == bindparam("client_id"),
    LedgerAccount.provider_id.in_(bindparam("provider_ids", expanding=True)),
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


def standing(where: Session | Ahead, client_id: int, provider_id: int) -> Standing:
    """Read how a client stands with a provider; zero where they have no account yet."""
    return _standing(rows_of(where, STANDING, {"client_id": client_id, "provider_id": provider_id}))


def _standing(rows: Sequence[Any]) -> Standing:
    """``rows``: the accounts of the pair."""
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


def seen_standings(
    where: Session | Ahead, actor: Actor, client_id: int, provider_ids: Collection[int]
) -> Mapping[int, Standing]:
    """The same with each of ``provider_ids``, by it, in one statement; empty: nothing is shown."""
    if not sees(actor, Fact.BALANCE):
        return {}
    found: dict[int, list[Any]] = {one: [] for one in provider_ids}
    values = {"client_id": client_id, "provider_ids": sorted(provider_ids)}
    for row in rows_of(where, STANDINGS, values):
        found[row.provider_id].append(row)
    return {provider_id: _standing(rows) for provider_id, rows in found.items()}


@dataclass(frozen=True)
class Statement:
    """Postings of one account; of a client's balance or points with a provider.

    From ``first`` to ``last`` by their value dates, both counted in. ``before``: the id of the
    posting with which a page begins, newest first.
    """

    account: AccountName
    first: date | None = None
    last: date | None = None
    before: int | None = None

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
        if self.first is not None:
            found = found.where(LedgerEntry.day >= self.first)
        if self.last is not None:
            found = found.where(LedgerEntry.day <= self.last)
        if self.before is not None:
            found = found.where(Posting.id < self.before)
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


def by_days(
    session: Session, statement: Statement, limit: int, after: Posting | None = None
) -> Sequence[Posting]:
    """Read ``limit`` postings of the statement at most, oldest value date first.

    ``after``: the last one that was read. How the account stood after each is counted up from
    ``opening_of``: ``balance_after`` is in the order in which they were written.
    """
    found = statement.postings()
    if after is not None:
        day, id_ = after.entry.day, after.id
        on_the_day = and_(LedgerEntry.day == day, Posting.id > id_)
        found = found.where(or_(LedgerEntry.day > day, on_the_day))
    return session.scalars(found.order_by(LedgerEntry.day, Posting.id).limit(limit)).all()


def balance_at(session: Session, account: AccountName, day: date | None) -> int:
    """How the account stood when ``day`` began; None: how it stands.

    By value dates: what it holds less all that counts from then on.
    """
    own = {
        "provider_id": account.provider_id,
        "client_id": account.client_id,
        "kind": account.kind,
        "currency": account.currency,
    }
    stands = select(LedgerAccount).filter_by(**own)
    row = session.scalars(stands.execution_options(populate_existing=True)).one_or_none()
    if row is None or day is None:
        return row.balance if row is not None else 0
    since = (
        select(func.coalesce(func.sum(Posting.amount), 0))
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(Posting.account_id == row.id, LedgerEntry.day >= day)
    )
    return row.balance - int(session.scalars(since).one())


def opening_of(session: Session, statement: Statement) -> int:
    """How the account stood when the window began."""
    if statement.first is None:
        return 0
    return balance_at(session, statement.account, statement.first)


def closing_of(session: Session, statement: Statement) -> int:
    """Read how the account stood when the window ended; without an end, how it stands."""
    after = None if statement.last is None else statement.last + timedelta(days=1)
    return balance_at(session, statement.account, after)


def reversed_among(session: Session, entries: Iterable[LedgerEntry]) -> set[int]:
    """Ids of those ``entries`` that were reversed."""
    keys = {reversal_key(entry.id): entry.id for entry in entries}
    there = session.scalars(select(LedgerEntry.key).where(LedgerEntry.key.in_(keys)))
    return {keys[key] for key in there}
