"""Writing entries. Balances change by one conditional UPDATE each, which is the lock and the limit.

Of two that spend the same money at once the second finds too little; nothing is read first and
written later (docs/money.md says what was measured).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import Conflict, Refused
from billing_panel.kernel.money import Money
from billing_panel.kernel.text import text
from billing_panel.ledger.entries import (
    HELD_BY_CLIENTS,
    AccountName,
    EntryKind,
    Happened,
    Movement,
    check_balanced,
)
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting, reversal_key


def post(
    session: Session,
    happened: Happened,
    movements: Sequence[Movement],
    *,
    actor: Actor,
    at: datetime,
) -> LedgerEntry:
    """Write one balanced entry.

    Raises Unbalanced, Refused ``insufficient_funds`` when an account would fall below its floor,
    IntegrityError when the key was written before.
    The accounts are locked before any of them changes (``_accounts``).
    """
    check_balanced(movements)
    subject_kind, subject_id = happened.subject
    entry = LedgerEntry(
        key=happened.key,
        kind=happened.kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        at=at,
        user_id=actor.user_id,
        reason=happened.reason,
    )
    session.add(entry)
    session.flush()
    accounts = _accounts(session, [movement.account for movement in movements])
    numbered = [(accounts[movement.account], movement.amount) for movement in movements]
    session.add_all(
        Posting(
            entry_id=entry.id,
            account_id=account_id,
            amount=amount,
            balance_after=_move(session, account_id, amount),
        )
        for account_id, amount in sorted(numbered)
    )
    session.flush()
    return entry


def reverse(
    session: Session, entry: LedgerEntry, *, reason: str, actor: Actor, at: datetime
) -> LedgerEntry:
    """The same the other way round, once.

    Raises Conflict ``already_reversed``, Refused ``insufficient_funds``.
    """
    key = reversal_key(entry.id)
    if session.scalar(select(LedgerEntry.id).filter_by(key=key)) is not None:
        raise Conflict(text("This was reversed already."), code="already_reversed")
    happened = Happened(
        EntryKind.REVERSED, key, (entry.subject_kind, entry.subject_id), reason=reason
    )
    back = [Movement(_name(posting.account), -posting.amount) for posting in entry.postings]
    return post(session, happened, back, actor=actor, at=at)


def set_floor(session: Session, name: AccountName, floor: int) -> None:
    """Raises Refused ``below_floor`` when the account stands lower already."""
    account_id = _accounts(session, [name])[name]
    changed = session.scalar(
        update(LedgerAccount)
        .where(LedgerAccount.id == account_id, LedgerAccount.balance >= floor)
        .values(floor=floor)
        .returning(LedgerAccount.id)
    )
    if changed is None:
        stands = _balance(session, account_id)
        raise Refused(
            text("The balance stands at %(balance)s already; credit it first.", balance=stands),
            code="below_floor",
        )


def _move(session: Session, account_id: int, amount: int) -> int:
    """The balance after ``amount``. Raises Refused ``insufficient_funds``."""
    balance = session.scalar(
        update(LedgerAccount)
        .where(
            LedgerAccount.id == account_id,
            or_(
                LedgerAccount.floor.is_(None),
                LedgerAccount.balance + amount >= LedgerAccount.floor,
            ),
        )
        .values(balance=LedgerAccount.balance + amount)
        .returning(LedgerAccount.balance)
        .execution_options(synchronize_session=False)
    )
    if balance is None:
        raise _too_little(session, account_id, amount)
    return balance


def _too_little(session: Session, account_id: int, amount: int) -> Refused:
    account = session.scalars(
        select(LedgerAccount).filter_by(id=account_id).execution_options(populate_existing=True)
    ).one()
    can_go = Money(account.balance - (account.floor or 0), account.currency)
    return Refused(
        text(
            "There are %(held)s; %(needed)s are needed.",
            held=can_go,
            needed=Money(-amount, account.currency),
        ),
        code="insufficient_funds",
    )


def _balance(session: Session, account_id: int) -> Money:
    row = session.execute(
        select(LedgerAccount.balance, LedgerAccount.currency).filter_by(id=account_id)
    ).one()
    return Money(row.balance, row.currency)


def _name(account: LedgerAccount) -> AccountName:
    return AccountName(account.provider_id, account.kind, account.currency, account.client_id)


def _accounts(session: Session, names: Sequence[AccountName]) -> Mapping[AccountName, int]:
    """The ids of accounts, opened where there are none, and locked.

    Where one of a provider's own is named, all of them are locked, by id: what follows in the
    transaction may need others, and must not wait for somebody who waits for the first. Those of a
    client are kept by the lock on him and his provider, which whoever moves his money holds.
    """
    found = _found(session, names)
    missing = [name for name in names if name not in found]
    if not missing:
        return found
    for name in sorted(missing, key=str):
        _open(session, name)
    return _found(session, names)


def _found(session: Session, names: Sequence[AccountName]) -> Mapping[AccountName, int]:
    rows = session.execute(
        select(
            LedgerAccount.id,
            LedgerAccount.provider_id,
            LedgerAccount.kind,
            LedgerAccount.currency,
            LedgerAccount.client_id,
        )
        .where(
            LedgerAccount.provider_id.in_({name.provider_id for name in names}),
            or_(*(_held_by(client_id) for client_id in {name.client_id for name in names})),
        )
        .order_by(LedgerAccount.id)
        .with_for_update(key_share=True)
    )
    return {
        AccountName(row.provider_id, row.kind, row.currency, row.client_id): row.id for row in rows
    }


def _held_by(client_id: int | None) -> ColumnElement[bool]:
    if client_id is None:
        return LedgerAccount.client_id.is_(None)
    return LedgerAccount.client_id == client_id


def _open(session: Session, name: AccountName) -> None:
    """Of two that open the same account at once the second finds the first's."""
    held = name.kind in HELD_BY_CLIENTS and name.client_id is not None
    dialect = session.get_bind().dialect.name
    upsert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    session.execute(
        upsert(LedgerAccount)
        .values(
            provider_id=name.provider_id,
            client_id=name.client_id,
            kind=name.kind,
            currency=name.currency,
            balance=0,
            floor=0 if held else None,
        )
        .on_conflict_do_nothing()
    )
