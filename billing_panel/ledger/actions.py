from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.ledger.entries import AccountName, Movement, check_balanced
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting


def post(
    session: Session,
    key: str,
    movements: Sequence[Movement],
    *,
    reason: str,
    actor: Actor,
    at: datetime,
) -> LedgerEntry:
    """Write one balanced entry. Raises Unbalanced; IntegrityError when ``key`` was written before.

    Accounts change in the order of their ids, so that two entries never wait for each other.
    """
    check_balanced(movements)
    entry = LedgerEntry(key=key, at=at, user_id=actor.user_id, reason=reason)
    session.add(entry)
    session.flush()
    numbered = [(_account_id(session, movement.account), movement.amount) for movement in movements]
    for account_id, amount in sorted(numbered):
        balance = session.scalar(
            update(LedgerAccount)
            .where(LedgerAccount.id == account_id)
            .values(balance=LedgerAccount.balance + amount)
            .returning(LedgerAccount.balance)
        )
        session.add(
            Posting(entry_id=entry.id, account_id=account_id, amount=amount, balance_after=balance)
        )
    return entry


def _account_id(session: Session, name: AccountName) -> int:
    found = session.scalar(
        select(LedgerAccount.id).where(
            LedgerAccount.provider_id == name.provider_id,
            LedgerAccount.client_id == name.client_id
            if name.client_id is not None
            else LedgerAccount.client_id.is_(None),
            LedgerAccount.kind == name.kind,
            LedgerAccount.currency == name.currency,
        )
    )
    if found is not None:
        return found
    account = LedgerAccount(
        provider_id=name.provider_id,
        client_id=name.client_id,
        kind=name.kind,
        currency=name.currency,
        balance=0,
    )
    session.add(account)
    session.flush()
    return account.id
