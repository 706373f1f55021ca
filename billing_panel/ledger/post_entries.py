"""Writing entries. Balances change by one conditional UPDATE each, which is the lock and the limit.

Of two that spend the same money at once the second finds too little; nothing is read first and
written later (docs/money.md says what was measured).

A balance that may go below zero goes there only as far as it and the client's debts together stay
within the client's credit limit: what they are lent is one sum (``_WITHIN``).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from billing_panel.kernel.language.errors import Conflict, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.language.text_with_guarded_fact import Fact, guarded
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import (
    AccountKind,
    AccountName,
    EntryKind,
    Happened,
    Movement,
    check_balanced,
    spendable,
)
from billing_panel.ledger.entry_accounts import accounts_for, accounts_held
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting, reversal_key
from billing_panel.ledger.value_days import refuse_closed

# where a session has the ids of providers whose own accounts it holds
LOCKED = "own_accounts_locked"


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
    ``month_closed`` when its day is of a closed month, IntegrityError when the key was written
    before. The accounts are locked before any of them changes (``_accounts``).
    """
    check_balanced(movements)
    connection = session.connection()
    books = accounts_for(connection, [movement.account for movement in movements])
    _remember_locked(session, movements)
    accounts, day = books.accounts, happened.day or local_date(at, books.timezone)
    refuse_closed(day, books.closed_on)
    entry_id = _write_entry(connection, happened, actor, at, day)
    moving = _move_freely if _is_free(movements) else _move_in_turn
    postings = [
        {"entry_id": entry_id, "account_id": accounts[movement.account], **moved, **_tax(movement)}
        for movement, moved in moving(connection, accounts, movements)
    ]
    # of one account they stay in the order in which they moved it
    postings.sort(key=lambda posting: posting["account_id"])
    connection.execute(WRITE_POSTINGS, postings)
    return entry_id


def _tax(movement: Movement) -> Mapping[str, Any]:
    levied = movement.levied
    return {
        "tax_category": levied.category if levied else None,
        "tax_percent": levied.percent if levied else None,
        "tax_place": levied.place if levied else None,
    }


def _is_free(movements: Sequence[Movement]) -> bool:
    """No account of a client moves: nothing is to be judged on the way."""
    return all(movement.account.client_id is None for movement in movements)


def _move_freely(
    connection: Connection, accounts: Mapping[AccountName, int], movements: Sequence[Movement]
) -> Iterator[tuple[Movement, Mapping[str, Any]]]:
    """All of them by one statement, each account once. Raises Refused ``too_large``."""
    sums: dict[int, int] = {}
    for movement in movements:
        account_id = accounts[movement.account]
        sums[account_id] = sums.get(account_id, 0) + movement.amount
    values: dict[str, int] = {}
    for number, (account_id, amount) in enumerate(sums.items()):
        values[f"account_{number}"], values[f"amount_{number}"] = account_id, amount
    rows = connection.execute(_move_all(len(sums)), values)
    after = {row.id: row.balance for row in rows}
    stands = {account_id: after[account_id] - sums[account_id] for account_id in after}
    for movement in movements:
        account_id = accounts[movement.account]
        if account_id not in after:
            raise _too_little(connection, movement, 0)
        stands[account_id] += movement.amount
        yield (
            movement,
            {"amount": movement.amount, "balance_after": stands[account_id], "floor": None},
        )


@cache
def _move_all(number: int) -> ReturningUpdate[int, int]:
    accounts = [bindparam(f"account_{n}", type_=BigInteger()) for n in range(number)]
    amounts = [bindparam(f"amount_{n}", type_=BigInteger()) for n in range(number)]
    whens = [(LedgerAccount.id == one, more) for one, more in zip(accounts, amounts, strict=True)]
    after = LedgerAccount.balance + case(*whens)
    return (
        update(LedgerAccount)
        .where(LedgerAccount.id.in_(accounts), after.between(-MOST_HELD, MOST_HELD))
        .values(balance=after)
        .returning(LedgerAccount.id, LedgerAccount.balance)
    )


def _move_in_turn(
    connection: Connection, accounts: Mapping[AccountName, int], movements: Sequence[Movement]
) -> Iterator[tuple[Movement, Mapping[str, Any]]]:
    """A balance is judged by the debts there are when the entry is written."""
    less_debt = _less_debt(movements)
    for movement in sorted(movements, key=lambda one: one.account.kind is AccountKind.BALANCE):
        moved = _move(connection, accounts[movement.account], movement, less_debt)
        yield movement, {"amount": movement.amount, **moved}


def _less_debt(movements: Sequence[Movement]) -> int:
    """By how much an entry makes the client's debts less."""
    return sum(one.amount for one in movements if one.account.kind is AccountKind.RECEIVABLE)


def reverse(
    session: Session, entry: LedgerEntry, *, reason: str, actor: Actor, at: datetime
) -> int:
    """The same the other way round, once; the id of that entry.

    Raises Conflict ``already_reversed``, Refused ``insufficient_funds``.
    """
    key = reversal_key(entry.id)
    if session.scalar(select(LedgerEntry.id).filter_by(key=key)) is not None:
        raise Conflict(text("This was already reversed."), code="already_reversed")
    happened = Happened(
        EntryKind.REVERSED, key, (entry.subject_kind, entry.subject_id), reason=reason
    )
    back = [
        Movement(_name(posting.account), -posting.amount, posting.levied)
        for posting in entry.postings
    ]
    return post(session, happened, back, actor=actor, at=at)


def lock_own(session: Session, provider_id: int, currency: str) -> None:
    """Lock a provider's own accounts before something that is locked after them."""
    if provider_id not in session.info.get(LOCKED, ()):
        name = AccountName(provider_id, AccountKind.REVENUE, currency)
        accounts_held(session.connection(), [name])


def _remember_locked(session: Session, movements: Sequence[Movement]) -> None:
    """Whose own accounts stay locked until the transaction ends; a savepoint may let them go."""
    if not session.in_nested_transaction():
        own = {one.account.provider_id for one in movements if one.account.client_id is None}
        session.info.setdefault(LOCKED, set()).update(own)


def set_floor(session: Session, name: AccountName, floor: int) -> None:
    """Raises Refused ``below_floor`` when the account stands lower already."""
    connection = session.connection()
    account_id = accounts_for(connection, [name]).accounts[name]
    changed = connection.scalar(
        update(LedgerAccount)
        .where(LedgerAccount.id == account_id, LedgerAccount.balance >= floor)
        .values(floor=floor)
        .returning(LedgerAccount.id)
    )
    if changed is None:
        stands = _balance(connection, account_id)
        raise Refused(
            guarded(
                Fact.BALANCE,
                text("The balance is already %(balance)s; credit it first.", balance=stands),
                plain=text("The balance is already lower; credit it first."),
            ),
            code="below_floor",
        )


# the largest that another amount can be added to within 64 bits; SQLite would go on with floats
MOST_HELD = 2**62

# made once: each payment runs them several times
_AMOUNT = bindparam("amount", type_=BigInteger())
_MORE = LedgerAccount.balance + _AMOUNT
_DEBT = aliased(LedgerAccount)
# minus what the client owes there; their accounts are locked, so that it stays as it is
_MINUS_DEBT = func.coalesce(
    select(_DEBT.balance)
    .where(
        _DEBT.client_id == LedgerAccount.client_id,
        _DEBT.provider_id == LedgerAccount.provider_id,
        _DEBT.currency == LedgerAccount.currency,
        _DEBT.kind == AccountKind.RECEIVABLE,
    )
    .correlate(LedgerAccount)
    .scalar_subquery(),
    0,
)
_BELOW = case((LedgerAccount.balance < 0, LedgerAccount.balance), else_=0)
# above zero; or with the debts within the limit; or the two together no worse than they were
_WITHIN = or_(
    _MORE >= 0,
    LedgerAccount.floor <= _MORE + _MINUS_DEBT,
    _MORE + bindparam("less_debt", type_=BigInteger()) >= _BELOW,
)
MOVE = (
    update(LedgerAccount)
    .where(
        LedgerAccount.id == bindparam("account_id"),
        or_(
            LedgerAccount.floor.is_(None),
            _AMOUNT > 0,
            and_(LedgerAccount.floor <= _MORE, _WITHIN),
        ),
        _MORE.between(-MOST_HELD, MOST_HELD),
    )
    .values(balance=_MORE)
    .returning(LedgerAccount.balance, LedgerAccount.floor)
)
WRITE_ENTRY = insert(LedgerEntry).returning(LedgerEntry.id)
WRITE_POSTINGS = insert(Posting)


def _write_entry(
    connection: Connection, happened: Happened, actor: Actor, at: datetime, day: date
) -> int:
    subject_kind, subject_id = happened.subject
    entry = {
        "key": happened.key,
        "kind": happened.kind,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "at": at,
        "day": day,
        "user_id": actor.user_id,
        "reason": happened.reason,
    }
    return connection.execute(WRITE_ENTRY, entry).scalar_one()


def _move(
    connection: Connection, account_id: int, movement: Movement, less_debt: int
) -> Mapping[str, int | None]:
    """How the account stands after it. Raises Refused: ``insufficient_funds``, ``too_large``."""
    values = {"account_id": account_id, "amount": movement.amount, "less_debt": less_debt}
    moved = connection.execute(MOVE, values).first()
    if moved is None:
        raise _too_little(connection, movement, less_debt)
    lent = moved.floor is not None and movement.amount < 0 and moved.balance < 0
    return {"balance_after": moved.balance, "floor": moved.floor if lent else None}


def _too_little(connection: Connection, movement: Movement, less_debt: int) -> Refused:
    name = movement.account
    rows = connection.execute(
        select(LedgerAccount.kind, LedgerAccount.balance, LedgerAccount.floor).filter_by(
            provider_id=name.provider_id, client_id=name.client_id, currency=name.currency
        )
    ).all()
    stands = {row.kind: row for row in rows}
    own, owes = stands[name.kind], stands.get(AccountKind.RECEIVABLE)
    if abs(own.balance + movement.amount) > MOST_HELD:
        return Refused(text("The amount is larger than the books can hold."), code="too_large")
    # what the entry has paid of the debts is paid no more
    debt = -owes.balance if owes is not None else 0
    can_go = spendable(own.balance, own.floor or 0, debt + less_debt, of_debt=less_debt)
    needed = Money(-movement.amount, name.currency)
    return Refused(
        guarded(
            Fact.BALANCE,
            text(
                "There are %(held)s; %(needed)s are needed.",
                held=Money(can_go, name.currency),
                needed=needed,
            ),
            plain=text("There is not enough for %(needed)s.", needed=needed),
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
