"""The general ledger: each kind of account with its opening, debit, credit and closing.

Debit is above zero here, as accountants have it; the ledger itself keeps credit above zero. What
clients have (balances, points, receivables) is summed over them. So in every currency debit equals
credit, and the openings, and the closings, add up to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import ENTRY_TITLES, AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.finance.registers.payment_register import ACCOUNTS
from plugins.finance.registers.register import Asked, Column, Reads, Register, Total
from plugins.orders.store.models import number_of


@dataclass(frozen=True)
class AccountRow:
    """``closing`` = ``opening`` + ``debit`` − ``credit``; below zero stands on the credit side."""

    id: int
    provider: str
    account: AccountKind
    currency: str
    opening: Money
    debit: Money
    credit: Money
    closing: Money


@dataclass(frozen=True)
class EntryRow:
    """One posting; ``id`` is its own, ``entry`` that of the entry it belongs to."""

    id: int
    provider: str
    at: datetime
    day: date
    entry: int
    what: EntryKind
    account: AccountKind
    client: str
    order: str
    order_id: int | None
    reason: str
    debit: Money | None
    credit: Money | None


def account_rows(
    session: Session, asked: Asked, after: int, most: int | None
) -> Sequence[AccountRow]:
    """Few, by provider, currency and kind; ``id`` is its place among them.

    How accounts stand today less what moved since is how they stood: no more is read than that.
    """
    moved = _moved(session, asked)
    stand = session.execute(
        select(
            LedgerAccount.provider_id,
            LedgerAccount.currency,
            LedgerAccount.kind,
            func.sum(LedgerAccount.balance),
        )
        .where(LedgerAccount.provider_id.in_(asked.ids))
        .group_by(LedgerAccount.provider_id, LedgerAccount.currency, LedgerAccount.kind)
    )
    rows: list[AccountRow] = []
    for provider, currency, kind, balance in sorted(stand):
        debit, credit, later = moved.get((provider, currency, kind), (0, 0, 0))
        closing = later - int(balance)
        opening, place = closing - debit + credit, len(rows) + 1
        sums = (Money(minor, currency) for minor in (opening, debit, credit, closing))
        rows.append(AccountRow(place, asked.provider(provider).key, kind, currency, *sums))
    return rows[after:][:most]


def _moved(
    session: Session, asked: Asked
) -> dict[tuple[int, str, AccountKind], tuple[int, int, int]]:
    """Debit and credit on the days, both above zero, and the sum of what was posted after."""
    on_days = asked.within(LedgerEntry.day, LedgerAccount.provider_id)
    debit = func.sum(case((on_days & (Posting.amount < 0), -Posting.amount), else_=0))
    credit = func.sum(case((on_days & (Posting.amount > 0), Posting.amount), else_=0))
    later = func.sum(case((on_days, 0), else_=Posting.amount))
    key = LedgerAccount.provider_id, LedgerAccount.currency, LedgerAccount.kind
    rows = session.execute(
        select(*key, debit, credit, later)
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(asked.since(LedgerEntry.day, LedgerAccount.provider_id))
        .group_by(*key)
    )
    return {
        (provider, currency, kind): (int(debited), int(credited), int(after))
        for provider, currency, kind, debited, credited, after in rows
    }


def account_totals(session: Session, asked: Asked) -> Sequence[Total]:
    """Debit and credit, which are equal, by provider and currency."""
    sums: dict[tuple[str, str], tuple[Money, Money]] = {}
    for row in account_rows(session, asked, 0, None):
        nothing = Money(0, row.currency)
        debit, credit = sums.get((row.provider, row.currency), (nothing, nothing))
        sums[row.provider, row.currency] = debit + row.debit, credit + row.credit
    return [
        Total(provider, what, title, sum_)
        for (provider, _currency), (debit, credit) in sums.items()
        for what, title, sum_ in (
            ("debit", text("Debits"), debit),
            ("credit", text("Credits"), credit),
        )
    ]


def entry_rows(session: Session, asked: Asked, after: int, most: int | None) -> Sequence[EntryRow]:
    """At most ``most`` postings, oldest first; of one kind of account where that is asked."""
    found = (
        select(
            *(Posting.id, Posting.amount, Posting.entry_id, LedgerEntry.at, LedgerEntry.day),
            LedgerEntry.kind,
            *(LedgerEntry.subject_kind, LedgerEntry.subject_id, LedgerEntry.reason),
            *(LedgerAccount.provider_id, LedgerAccount.kind.label("account")),
            *(LedgerAccount.currency, Client.name.label("client")),
        )
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .outerjoin(Client, Client.id == LedgerAccount.client_id)
        .where(asked.within(LedgerEntry.day, LedgerAccount.provider_id), Posting.id > after)
        .order_by(Posting.id)
        .limit(most)
    )
    if asked.account is not None:
        found = found.where(LedgerAccount.kind == asked.account)
    rows = []
    for row in session.execute(found):
        provider, amount = asked.provider(row.provider_id), Money(abs(row.amount), row.currency)
        order_id = row.subject_id if row.subject_kind == "order" else None
        rows.append(
            EntryRow(
                row.id,
                provider.key,
                row.at.astimezone(ZoneInfo(provider.timezone)),
                row.day,
                row.entry_id,
                row.kind,
                row.account,
                row.client or "",
                "" if order_id is None else number_of(order_id),
                order_id,
                row.reason,
                amount if row.amount < 0 else None,
                amount if row.amount > 0 else None,
            )
        )
    return rows


def entry_totals(session: Session, asked: Asked) -> Sequence[Total]:
    """Debit and credit of what is shown, by provider and currency."""
    if asked.account is None:
        return account_totals(session, asked)
    return [
        Total(row.provider, what, title, sum_)
        for row in account_rows(session, asked, 0, None)
        if row.account is asked.account
        for what, title, sum_ in (
            ("opening", text("Opening"), row.opening),
            ("debit", text("Debits"), row.debit),
            ("credit", text("Credits"), row.credit),
            ("closing", text("Closing"), row.closing),
        )
    ]


LEDGER = Register(
    "ledger",
    text("General ledger"),
    text(
        "Each account with its opening balance, debits, credits and closing balance; "
        "debit balances are above zero."
    ),
    (
        Column("account", text("Ledger account"), ACCOUNTS),
        Column("opening", text("Opening")),
        Column("debit", text("Debits")),
        Column("credit", text("Credits")),
        Column("closing", text("Closing")),
    ),
    account_rows,
    account_totals,
    Reads.SINCE,
    is_summed=True,
)
ENTRIES = Register(
    "entries",
    text("Entries"),
    text("All postings of the general ledger, or those of one account."),
    (
        Column("day", text("Value date")),
        Column("at", text("Recorded")),
        Column("entry", text("Entry")),
        Column("what", text("What"), ENTRY_TITLES),
        Column("account", text("Ledger account"), ACCOUNTS),
        Column("client", text("Client")),
        Column("order", text("Order")),
        Column("reason", text("Reason")),
        Column("debit", text("Debits")),
        Column("credit", text("Credits")),
    ),
    entry_rows,
    entry_totals,
    Reads.SINCE,
)
