"""Invariants of the ledger. The database does the sums; only what is wrong is fetched.

Each goes through a million postings without keeping them (benchmarks/README.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting


@dataclass(frozen=True)
class Size:
    """How many rows the ledger has of each kind."""

    accounts: int
    entries: int
    postings: int


def size(session: Session) -> Size:
    """Count accounts, entries and postings."""
    models = (LedgerAccount, LedgerEntry, Posting)
    return Size(*(session.scalars(select(func.count()).select_from(m)).one() for m in models))


def sums(session: Session) -> Iterator[Text]:
    """Each balance is the sum of its account's postings."""
    summed = func.coalesce(func.sum(Posting.amount), 0)
    rows = session.execute(
        select(LedgerAccount.id, LedgerAccount.currency, LedgerAccount.balance, summed)
        .outerjoin(Posting, Posting.account_id == LedgerAccount.id)
        .group_by(LedgerAccount.id)
        .having(LedgerAccount.balance != summed)
        .order_by(LedgerAccount.id)
    )
    for account, currency, balance, of_postings in rows:
        yield text(
            "Account %(account)s holds %(balance)s, but its postings add up to"
            " %(sum)s: a difference of %(by)s.",
            account=account,
            balance=Money(balance, currency),
            sum=Money(int(of_postings), currency),
            by=Money(balance - int(of_postings), currency),
        )


def chain(session: Session) -> Iterator[Text]:
    """Each posting continues from where the one before left its account."""
    before = func.lag(Posting.balance_after, 1, 0).over(
        partition_by=Posting.account_id, order_by=Posting.id
    )
    link = select(Posting, before.label("before")).subquery()
    found = (
        select(link.c.id, link.c.entry_id, link.c.account_id, LedgerAccount.currency)
        .add_columns(link.c.before, link.c.amount, link.c.balance_after)
        .join(LedgerAccount, LedgerAccount.id == link.c.account_id)
        .where(link.c.balance_after != link.c.before + link.c.amount)
        .execution_options(yield_per=100)
    )
    with session.execute(found) as rows:
        for posting, entry, account, currency, stood, amount, after in rows:
            yield text(
                "Posting %(posting)s of entry %(entry)s leaves account %(account)s"
                " at %(after)s; %(before)s and %(amount)s make %(by)s more than"
                " that.",
                posting=posting,
                entry=entry,
                account=account,
                after=Money(after, currency),
                before=Money(stood, currency),
                amount=Money(amount, currency),
                by=Money(stood + amount - after, currency),
            )


def entries(session: Session) -> Iterator[Text]:
    """Each entry names two movements or more, and they sum to zero in every currency."""
    of_entry = func.sum(Posting.amount)
    unequal = (
        select(Posting.entry_id, LedgerAccount.currency, of_entry)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .group_by(Posting.entry_id, LedgerAccount.currency)
        .having(of_entry != 0)
        .execution_options(yield_per=100)
    )
    with session.execute(unequal) as uneven:
        for entry, currency, left in uneven:
            over = Money(int(left), currency)
            yield text("Entry %(entry)s adds up to %(over)s, not to zero.", entry=entry, over=over)
    number = func.count(Posting.id)
    alone = (
        select(LedgerEntry.id, number)
        .outerjoin(Posting, Posting.entry_id == LedgerEntry.id)
        .group_by(LedgerEntry.id)
        .having(number < 2)
        .execution_options(yield_per=100)
    )
    with session.execute(alone) as lonely:
        for entry, movements in lonely:
            yield text(
                "Entry %(entry)s has %(movements)s movements; moving money takes at least two.",
                entry=entry,
                movements=movements,
            )


def nothing_made(session: Session) -> Iterator[Text]:
    """All accounts together sum to zero in every currency."""
    of_all = func.sum(LedgerAccount.balance)
    rows = session.execute(
        select(LedgerAccount.currency, of_all).group_by(LedgerAccount.currency).having(of_all != 0)
    )
    for currency, left in rows:
        yield text("All accounts add up to %(sum)s, not to zero.", sum=Money(int(left), currency))


def floors(session: Session) -> Iterator[Text]:
    """No account stands below its floor."""
    rows = session.scalars(
        select(LedgerAccount)
        .where(LedgerAccount.balance < LedgerAccount.floor)
        .order_by(LedgerAccount.id)
    )
    for account in rows:
        yield text(
            "The balance of account %(account)s is %(balance)s, below its floor of %(floor)s.",
            account=account.id,
            balance=Money(account.balance, account.currency),
            floor=Money(account.floor or 0, account.currency),
        )


def lent(session: Session) -> Iterator[Text]:
    """What took a balance below zero left it, with the debts of then, within the limit of then.

    Or made the two together no larger: a debt was paid with it.
    """
    own, owes, other = aliased(LedgerAccount), aliased(LedgerAccount), aliased(Posting)
    of_debts = (
        select(func.coalesce(func.sum(other.amount), 0))
        .join(owes, owes.id == other.account_id)
        .where(
            owes.client_id == own.client_id,
            owes.provider_id == own.provider_id,
            owes.currency == own.currency,
            owes.kind == AccountKind.RECEIVABLE,
        )
    )
    debts = of_debts.where(other.entry_id <= Posting.entry_id).correlate(own, Posting)
    less_debt = of_debts.where(other.entry_id == Posting.entry_id).correlate(own, Posting)
    before = Posting.balance_after - Posting.amount
    rows = session.execute(
        select(Posting.entry_id, own.currency, Posting.balance_after, Posting.floor)
        .join(own, own.id == Posting.account_id)
        .where(
            Posting.floor.is_not(None),
            Posting.balance_after < 0,
            Posting.balance_after + debts.scalar_subquery() < Posting.floor,
            Posting.balance_after + less_debt.scalar_subquery()
            < case((before < 0, before), else_=0),
        )
        .order_by(Posting.id)
    )
    for entry, currency, after, floor in rows:
        yield text(
            "Entry %(entry)s leaves a balance of %(after)s; with the client’s"
            " debts that is below %(floor)s.",
            entry=entry,
            after=Money(after, currency),
            floor=Money(floor or 0, currency),
        )


LEDGER_CHECKS = (
    Check("ledger.sums", sums),
    Check("ledger.chain", chain),
    Check("ledger.entries", entries),
    Check("ledger.zero", nothing_made),
    Check("ledger.floors", floors),
    Check("ledger.lent", lent),
)
