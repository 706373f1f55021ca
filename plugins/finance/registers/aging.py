"""What clients owe on a day, by how long it was overdue then: to the cent what the books said.

A debt is due on the day of its order’s bill, without one on that of its invoice, else on the day
that it was ordered. What a client brought as a debt from an earlier system has no order: it is as
old as their account. How a debt stood on an earlier day is how it stands now, less what was posted
since; its bill is the one that was valid then (``debts_by_day``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.finance.registers.debts_by_day import debts_by_client, moved_since
from plugins.finance.registers.register import Asked, Column, Reads, Register, Total

# days overdue, both counted in
BUCKETS = {
    "not_due": (None, 0),
    "days_1_30": (1, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "over_90": (91, None),
}
TITLES = {
    "not_due": text("Not due yet"),
    "days_1_30": text("1–30 days"),
    "days_31_60": text("31–60 days"),
    "days_61_90": text("61–90 days"),
    "over_90": text("Over 90 days"),
    "total": text("Owed"),
}


@dataclass(frozen=True)
class AgingRow:
    """A client who owes something; ``id`` is that of their account. ``total``: all of it.

    Below zero is what had come for debts of a later day.
    """

    id: int
    provider: str
    client: str
    client_id: int
    not_due: Money
    days_1_30: Money
    days_31_60: Money
    days_61_90: Money
    over_90: Money
    total: Money


def bucket_of(days: int) -> str:
    """``days`` after the last day to pay; zero and less: that day hasn't passed."""
    return next(
        name
        for name, (first, last) in BUCKETS.items()
        if (first is None or days >= first) and (last is None or days <= last)
    )


def aging_rows(session: Session, asked: Asked, after: int, most: int | None) -> Sequence[AgingRow]:
    """At most ``most`` clients, by the age of their account."""
    since = moved_since(asked)
    later = func.coalesce(since.c.amount, 0) if since is not None else literal(0)
    stood = LedgerAccount.balance - later
    found = select(
        *(LedgerAccount.id, LedgerAccount.provider_id, LedgerAccount.client_id),
        *(LedgerAccount.currency, stood.label("balance"), Client.name),
        select(func.min(LedgerEntry.at))
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .where(Posting.account_id == LedgerAccount.id)
        .scalar_subquery()
        .label("since"),
    ).join(Client, Client.id == LedgerAccount.client_id)
    if since is not None:
        found = found.outerjoin(since, since.c.account_id == LedgerAccount.id)
    rows = session.execute(
        found.where(
            LedgerAccount.kind == AccountKind.RECEIVABLE,
            LedgerAccount.provider_id.in_(asked.ids),
            stood != 0,
            LedgerAccount.id > after,
        )
        .order_by(LedgerAccount.id)
        .limit(most)
    ).all()
    # a page has few clients; all of them are no list for a statement
    debts = debts_by_client(session, asked, None if most is None else [r.client_id for r in rows])
    return [_row(row, asked, debts.get((row.provider_id, row.client_id), ())) for row in rows]


def _row(row: Any, asked: Asked, debts: Sequence[tuple[date, int]]) -> AgingRow:
    provider, day = asked.provider(row.provider_id), asked.as_of(row.provider_id)
    sums = dict.fromkeys(BUCKETS, 0)
    for due_on, owed in debts:
        sums[bucket_of((day - due_on).days)] += owed
    # what no order says they owe, they came with
    rest = -row.balance - sum(sums.values())
    sums[bucket_of((day - local_date(row.since, provider.timezone)).days)] += rest
    money = (Money(minor, row.currency) for minor in (*sums.values(), -row.balance))
    return AgingRow(row.id, provider.key, row.name, row.client_id, *money)


def aging_totals(session: Session, asked: Asked) -> Sequence[Total]:
    """Of all clients, by age; their sum is what the books say clients owe."""
    sums: dict[tuple[str, str, str], Money] = {}
    for row in aging_rows(session, asked, 0, None):
        for what in TITLES:
            key = row.provider, row.total.currency, what
            sums[key] = sums.get(key, Money(0, row.total.currency)) + getattr(row, what)
    return [Total(key[0], key[2], TITLES[key[2]], sum_) for key, sum_ in sums.items()]


AGING = Register(
    "aging",
    text("Overdue debts"),
    text("What each client owed at the end of a day, by days overdue."),
    (Column("client", text("Client")), *(Column(key, title) for key, title in TITLES.items())),
    aging_rows,
    aging_totals,
    Reads.AFTER,
    dated=False,
)
