"""Writing entries. Balances change by one conditional UPDATE each, which is the lock and the limit.

Of two that spend the same money at once the second finds too little; nothing is read first and
written later (docs/money.md says what was measured).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, or_, select, update
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
    Accounts change in the order of their ids, so that two entries never wait for each other.
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
    numbered = [(_account_id(session, movement.account), movement.amount) for movement in movements]
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
    account_id = _account_id(session, name)
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


def _account_id(session: Session, name: AccountName) -> int:
    found = session.scalar(_named(name))
    if found is None:
        _open(session, name)
        found = session.scalars(_named(name)).one()
    return found


def _named(name: AccountName) -> Select[int]:
    return select(LedgerAccount.id).where(
        LedgerAccount.provider_id == name.provider_id,
        LedgerAccount.client_id == name.client_id
        if name.client_id is not None
        else LedgerAccount.client_id.is_(None),
        LedgerAccount.kind == name.kind,
        LedgerAccount.currency == name.currency,
    )


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
