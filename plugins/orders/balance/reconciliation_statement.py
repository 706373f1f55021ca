"""A statement of account between a client and a provider: what was supplied, and what was paid.

How they stand is the balance and the receivable together: above zero the client has it with the
provider, below zero they owe it. Each entry of the ledger sums to zero, so what it moves on the two
is what came in by it, less what was earned by it; what only passes from the one to the other moves
nothing here. So opening + paid − supplied = closing, whatever was paid by which method.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import balance_at
from billing_panel.ledger.double_entry import ENTRY_TITLES, AccountKind, AccountName
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from invoices.document import Kind
from invoices.store.models import DocumentEvent, DocumentEventKind, IssuedDocument
from plugins.orders.balance.statement import WRITTEN_FOR_CLIENTS, Account, Days
from plugins.orders.settlement.ledger.earnings import EARNED
from plugins.orders.store.models import Order, OrderDocument, number_of

STANDING = (AccountKind.BALANCE, AccountKind.RECEIVABLE)


@dataclass(frozen=True)
class Movement:
    """What one entry did. ``supplied``: earned by it; ``paid``: come in; below zero: taken back.

    ``documents``: numbers of those that say so, of the order ``order_number``, if it was for one.
    """

    day: date
    title: Text
    reason: str
    order_number: str
    documents: Sequence[str]
    supplied: Money
    paid: Money


@dataclass(frozen=True)
class Reconciliation:
    """``opening`` and ``closing``: below zero the client owes it, above zero they have it."""

    opening: Money
    movements: Sequence[Movement]
    closing: Money

    @property
    def supplied(self) -> Money:
        nothing = self.opening - self.opening
        return sum((one.supplied for one in self.movements), nothing)

    @property
    def paid(self) -> Money:
        nothing = self.opening - self.opening
        return sum((one.paid for one in self.movements), nothing)


def reconcile(session: Session, account: Account, days: Days, most: int) -> Reconciliation:
    """Of the account's money, oldest first; at most ``most`` movements and one more."""
    provider, first, last = account.provider, days.first, days.last
    return Reconciliation(
        opening=_standing(session, account, first) if first else Money(0, provider.currency),
        movements=_movements(session, account, days, most + 1),
        closing=_standing(session, account, last + timedelta(days=1) if last else None),
    )


def _standing(session: Session, account: Account, day: date | None) -> Money:
    """When ``day`` began, by value dates; None: now."""
    provider = account.provider
    names = [
        AccountName(provider.id, kind, provider.currency, account.client.id) for kind in STANDING
    ]
    sums = [balance_at(session, name, day) for name in names]
    return Money(sum(sums), provider.currency)


def _movements(session: Session, account: Account, days: Days, most: int) -> Sequence[Movement]:
    provider, client = account.provider, account.client
    earned = func.sum(case((LedgerAccount.kind.in_(EARNED), Posting.amount), else_=0))
    standing_moved = func.sum(case((LedgerAccount.kind.in_(STANDING), Posting.amount), else_=0))
    own = LedgerAccount.provider_id == provider.id, LedgerAccount.currency == provider.currency
    on_accounts = (
        select(Posting.entry_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(*own, LedgerAccount.client_id == client.id)
    )
    orders = select(Order.id).where(Order.client_id == client.id, Order.provider_id == provider.id)
    of_orders = LedgerEntry.subject_kind == "order", LedgerEntry.subject_id.in_(orders)
    ids = on_accounts.union(select(LedgerEntry.id).where(*of_orders))
    found = (
        select(LedgerEntry, earned.label("earned"), standing_moved.label("moved"))
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(*own, LedgerEntry.id.in_(ids))
        .group_by(LedgerEntry.id)
        .having(or_(earned != 0, standing_moved != 0))
        .order_by(LedgerEntry.day, LedgerEntry.id)
        .limit(most)
    )
    if days.first is not None:
        found = found.where(LedgerEntry.day >= days.first)
    if days.last is not None:
        found = found.where(LedgerEntry.day <= days.last)
    rows = session.execute(found).all()
    documents = _documents(session, [entry.subject_id for entry, _, _ in rows])
    return [
        _movement(entry, Money(int(supplied), provider.currency), int(moved), documents)
        for entry, supplied, moved in rows
    ]


def _movement(
    entry: LedgerEntry,
    supplied: Money,
    moved: int,
    documents: dict[int, Sequence[tuple[Kind, str]]],
) -> Movement:
    of_order = entry.subject_kind == "order"
    kinds = _kinds_of(supplied)
    issued = documents.get(entry.subject_id, ()) if of_order else ()
    told = [number for kind, number in issued if kind in kinds]
    if supplied.minor > 0 and not told:
        told = [number for kind, number in issued if kind is Kind.PROFORMA]
    return Movement(
        day=entry.day,
        title=ENTRY_TITLES[entry.kind],
        reason=entry.reason if entry.kind in WRITTEN_FOR_CLIENTS else "",
        order_number=number_of(entry.subject_id) if of_order else "",
        documents=told,
        supplied=supplied,
        paid=supplied + Money(moved, supplied.currency),
    )


def _kinds_of(supplied: Money) -> frozenset[Kind]:
    """What says that so much was supplied, or taken back."""
    if supplied.minor < 0:
        return frozenset({Kind.CREDIT_NOTE})
    return frozenset({Kind.INVOICE, Kind.ADVANCE}) if supplied.minor else frozenset()


def _documents(session: Session, orders: Sequence[int]) -> dict[int, Sequence[tuple[Kind, str]]]:
    """Of each order, those that stand."""
    voided = select(DocumentEvent.document_id).filter_by(kind=DocumentEventKind.VOIDED)
    rows = session.execute(
        select(OrderDocument.order_id, IssuedDocument.kind, IssuedDocument.number)
        .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
        .where(OrderDocument.order_id.in_(orders), IssuedDocument.id.not_in(voided))
        .order_by(IssuedDocument.id)
    )
    found: dict[int, list[tuple[Kind, str]]] = {}
    for order_id, kind, number in rows:
        found.setdefault(order_id, []).append((kind, number))
    return {order_id: tuple(issued) for order_id, issued in found.items()}
