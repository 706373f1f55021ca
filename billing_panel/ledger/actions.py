"""Writing entries. Balances change by one conditional UPDATE each, which is the lock and the limit.

Of two that spend the same money at once the second finds too little; nothing is read first and
written later (docs/money.md says what was measured).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, insert, or_, select, update
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
) -> int:
    """Write one balanced entry, by statements of its own; its id.

    Raises Unbalanced, Refused ``insufficient_funds`` when an account would fall below its floor,
    IntegrityError when the key was written before.
    The accounts are locked before any of them changes (``_accounts``).
    """
    check_balanced(movements)
    connection = session.connection()
    entry_id = _write_entry(connection, happened, actor, at)
    accounts = _accounts(connection, [movement.account for movement in movements])
    numbered = sorted((accounts[movement.account], movement.amount) for movement in movements)
    postings = [
        {
            "entry_id": entry_id,
            "account_id": account_id,
            "amount": amount,
            "balance_after": _move(connection, account_id, amount),
        }
        for account_id, amount in numbered
    ]
    connection.execute(WRITE_POSTINGS, postings)
    return entry_id


def reverse(
    session: Session, entry: LedgerEntry, *, reason: str, actor: Actor, at: datetime
) -> int:
    """The same the other way round, once; the id of that entry.

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
    connection = session.connection()
    account_id = _accounts(connection, [name])[name]
    changed = connection.scalar(
        update(LedgerAccount)
        .where(LedgerAccount.id == account_id, LedgerAccount.balance >= floor)
        .values(floor=floor)
        .returning(LedgerAccount.id)
    )
    if changed is None:
        stands = _balance(connection, account_id)
        raise Refused(
            text("The balance stands at %(balance)s already; credit it first.", balance=stands),
            code="below_floor",
        )


# the largest that another amount can be added to within 64 bits; SQLite would go on with floats
MOST_HELD = 2**62

# made once: each payment runs them several times
_MORE = LedgerAccount.balance + bindparam("amount")
MOVE = (
    update(LedgerAccount)
    .where(
        LedgerAccount.id == bindparam("account_id"),
        or_(LedgerAccount.floor.is_(None), LedgerAccount.floor <= _MORE),
        _MORE.between(-MOST_HELD, MOST_HELD),
    )
    .values(balance=_MORE)
    .returning(LedgerAccount.balance)
)
WRITE_ENTRY = insert(LedgerEntry).returning(LedgerEntry.id)
WRITE_POSTINGS = insert(Posting)


def _write_entry(connection: Connection, happened: Happened, actor: Actor, at: datetime) -> int:
    subject_kind, subject_id = happened.subject
    entry = {
        "key": happened.key,
        "kind": happened.kind,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "at": at,
        "user_id": actor.user_id,
        "reason": happened.reason,
    }
    return connection.execute(WRITE_ENTRY, entry).scalar_one()


def _move(connection: Connection, account_id: int, amount: int) -> int:
    """The balance after ``amount``. Raises Refused ``insufficient_funds`` or ``too_large``."""
    balance: int | None = connection.scalar(MOVE, {"account_id": account_id, "amount": amount})
    if balance is None:
        raise _too_little(connection, account_id, amount)
    return balance


def _too_little(connection: Connection, account_id: int, amount: int) -> Refused:
    account = connection.execute(
        select(LedgerAccount.balance, LedgerAccount.floor, LedgerAccount.currency).filter_by(
            id=account_id
        )
    ).one()
    if abs(account.balance + amount) > MOST_HELD:
        return Refused(text("The sum is larger than the books can hold."), code="too_large")
    can_go = Money(account.balance - (account.floor or 0), account.currency)
    return Refused(
        text(
            "There are %(held)s; %(needed)s are needed.",
            held=can_go,
            needed=Money(-amount, account.currency),
        ),
        code="insufficient_funds",
    )


def _balance(connection: Connection, account_id: int) -> Money:
    row = connection.execute(
        select(LedgerAccount.balance, LedgerAccount.currency).filter_by(id=account_id)
    ).one()
    return Money(row.balance, row.currency)


def _name(account: LedgerAccount) -> AccountName:
    return AccountName(account.provider_id, account.kind, account.currency, account.client_id)


def _accounts(connection: Connection, names: Sequence[AccountName]) -> Mapping[AccountName, int]:
    """The ids of accounts, opened where there are none, and locked.

    Where one of a provider's own is named, all of them are locked, by id: what follows in the
    transaction may need others, and must not wait for somebody who waits for the first. Those of a
    client are kept by the lock on him and his provider, which whoever moves his money holds.
    """
    found = _found(connection, names)
    missing = [name for name in names if name not in found]
    if not missing:
        return found
    for name in sorted(missing, key=str):
        _open(connection, name)
    return _found(connection, names)


def _found(connection: Connection, names: Sequence[AccountName]) -> Mapping[AccountName, int]:
    rows = connection.execute(
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


def _open(connection: Connection, name: AccountName) -> None:
    """Of two that open the same account at once the second finds the first's."""
    held = name.kind in HELD_BY_CLIENTS and name.client_id is not None
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(
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
