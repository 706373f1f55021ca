"""The register of payments: what came in and went back, as the books have it.

Each row is a posting of an account where money stands (bank, cash, card, courier), so the sums are
those of the accounts. Top-ups and what is recorded on a balance by hand are here too, and money
that a dispute took back; what was paid from a balance moved nothing, and is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import METHOD_TITLES, MethodKind
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import ENTRY_TITLES, AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.finance.registers.register import Asked, Column, Reads, Register, Total
from plugins.orders.store.models import Order, number_of
from plugins.orders.store.payment import Dispute, Payment, Refund
from plugins.orders.store.top_up import TopUp
from plugins.orders.top_ups.receive_top_up import SUBJECT

MONEY = (AccountKind.BANK, AccountKind.CASH, AccountKind.CARD, AccountKind.COURIER)
ACCOUNTS: Mapping[AccountKind, Text] = {
    AccountKind.BALANCE: text("Clients’ balances"),
    AccountKind.POINTS: text("Points"),
    AccountKind.RECEIVABLE: text("Receivables"),
    AccountKind.OPENING: text("Brought from an earlier system"),
    AccountKind.REVENUE: text("Revenue"),
    AccountKind.DEFERRED: text("Deferred revenue"),
    AccountKind.TAX: text("Tax"),
    AccountKind.BANK: text("Bank"),
    AccountKind.CASH: text("Cash"),
    AccountKind.CARD: text("Card"),
    AccountKind.COURIER: text("Cash at couriers"),
    AccountKind.FEES: text("Fees"),
    AccountKind.WRITE_OFF: text("At the provider’s cost"),
    AccountKind.BAD_DEBT: text("Bad debts"),
}


@dataclass(frozen=True)
class PaymentRow:
    """``id`` is the posting's; ``amount`` above zero came in. ``order``: its number, or
    that of a top-up; empty: neither. ``method`` None: it was recorded by hand.
    """

    id: int
    provider: str
    at: datetime
    day: date
    account: AccountKind
    method: MethodKind | None
    what: EntryKind
    order: str
    order_id: int | None
    client: str
    client_id: int | None
    reference: str
    amount: Money


def payment_rows(
    session: Session, asked: Asked, after: int, most: int | None
) -> Sequence[PaymentRow]:
    """At most ``most``, oldest first."""
    of_order = and_(LedgerEntry.subject_kind == "order", Order.id == LedgerEntry.subject_id)
    of_top_up = and_(LedgerEntry.subject_kind == SUBJECT, TopUp.id == LedgerEntry.subject_id)
    of_client = case((LedgerEntry.subject_kind == "client", LedgerEntry.subject_id))
    found = (
        select(
            *(Posting.id, Posting.amount, LedgerEntry.at, LedgerEntry.day, LedgerEntry.key),
            *(LedgerEntry.kind.label("what"), LedgerEntry.reason),
            *(LedgerAccount.provider_id, LedgerAccount.kind.label("account")),
            *(LedgerAccount.currency, Order.id.label("order_id"), TopUp.id.label("top_up_id")),
            *(TopUp.method.label("top_up_method"), Client.id.label("client_id")),
            Client.name.label("client"),
        )
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .outerjoin(Order, of_order)
        .outerjoin(TopUp, of_top_up)
        .outerjoin(Client, Client.id == func.coalesce(Order.client_id, TopUp.client_id, of_client))
        .where(
            LedgerAccount.kind.in_(MONEY),
            asked.within(LedgerEntry.day, LedgerAccount.provider_id),
            Posting.id > after,
        )
        .order_by(Posting.id)
        .limit(most)
    )
    rows: Sequence[Any] = session.execute(found).all()
    known = _payments(session, [row.key for row in rows])
    return [_row(asked, row, known.get(row.key)) for row in rows]


def payment_totals(session: Session, asked: Asked) -> Sequence[Total]:
    """What came in less what went back, by account: as the books have it."""
    rows = session.execute(
        select(
            LedgerAccount.provider_id,
            LedgerAccount.currency,
            LedgerAccount.kind,
            func.sum(Posting.amount),
        )
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(
            LedgerAccount.kind.in_(MONEY), asked.within(LedgerEntry.day, LedgerAccount.provider_id)
        )
        .group_by(LedgerAccount.provider_id, LedgerAccount.currency, LedgerAccount.kind)
        .order_by(LedgerAccount.provider_id, LedgerAccount.currency, LedgerAccount.kind)
    )
    return [
        Total(asked.provider(provider).key, kind.value, ACCOUNTS[kind], Money(-int(sum_), currency))
        for provider, currency, kind, sum_ in rows
    ]


def _row(asked: Asked, row: Any, paid: tuple[MethodKind, str] | None) -> PaymentRow:
    provider = asked.provider(row.provider_id)
    method, reference = paid or (row.top_up_method, row.reason)
    top_up = "" if row.top_up_id is None else f"T{10_000 + row.top_up_id}"
    return PaymentRow(
        row.id,
        provider.key,
        row.at.astimezone(ZoneInfo(provider.timezone)),
        row.day,
        row.account,
        method,
        row.what,
        top_up if row.order_id is None else number_of(row.order_id),
        row.order_id,
        row.client or "",
        row.client_id,
        reference,
        Money(-row.amount, row.currency),
    )


def _payments(session: Session, keys: Iterable[str]) -> Mapping[str, tuple[MethodKind, str]]:
    """By the keys of entries of payments, refunds and disputes: the method and the reference."""
    ids: dict[str, list[int]] = {"payment": [], "refund": [], "charged_back": []}
    for key in keys:
        word, _, number = key.partition(":")
        if word in ids and (id_ := whole_number(number)) is not None:
            ids[word].append(id_)
    paid = select(Payment.id, Payment.method, Payment.reference)
    statements = {
        "payment": paid.where(Payment.id.in_(ids["payment"])),
        "refund": paid.join(Refund)
        .where(Refund.id.in_(ids["refund"]))
        .with_only_columns(Refund.id, Payment.method, Payment.reference),
        "charged_back": paid.join(Dispute)
        .where(Dispute.id.in_(ids["charged_back"]))
        .with_only_columns(Dispute.id, Payment.method, Payment.reference),
    }
    return {
        f"{word}:{id_}": (method, reference)
        for word, statement in statements.items()
        if ids[word]
        for id_, method, reference in session.execute(statement)
    }


PAYMENTS = Register(
    "payments",
    text("Money in and out"),
    text(
        "What came in and what went back, by day; the sums match the accounts of bank, cash, card"
        " and couriers."
    ),
    (
        Column("day", text("Value date")),
        Column("at", text("Recorded")),
        Column("account", text("Ledger account"), ACCOUNTS),
        Column("method", text("Method"), METHOD_TITLES),
        Column("what", text("What"), ENTRY_TITLES),
        Column("order", text("Order")),
        Column("client", text("Client")),
        Column("reference", text("Reference")),
        Column("amount", text("Amount")),
    ),
    payment_rows,
    payment_totals,
    Reads.ON_DAYS,
)
