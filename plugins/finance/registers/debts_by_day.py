"""What orders were owed for at the end of a day, and by which day each was to be paid.

The ledger is added up backwards: how a debt stands now, less what was posted on it since. Only that
is read, however old the books are.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from invoices.document import Kind
from invoices.store.models import DocumentEvent, DocumentEventKind, IssuedDocument
from plugins.finance.registers.register import Asked
from plugins.orders.store.models import Order, OrderDocument

Debts = Mapping[tuple[int, int], Sequence[tuple[date, int]]]


def moved_since(asked: Asked) -> Subquery | None:
    """What was posted after the days, by receivable account; None: the days are not over."""
    return _moved(asked, Posting.account_id.label("account_id")) if asked.of_the_past() else None


def _moved(asked: Asked, key: Any, *more: ColumnElement[bool]) -> Subquery:
    return (
        select(key, func.sum(Posting.amount).label("amount"))
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .where(
            LedgerAccount.kind == AccountKind.RECEIVABLE,
            LedgerAccount.provider_id.in_(asked.ids),
            asked.beyond(LedgerEntry.day, LedgerAccount.provider_id),
            *more,
        )
        .group_by(key)
        .subquery()
    )


def debts_by_client(session: Session, asked: Asked, clients: Sequence[int] | None) -> Debts:
    """By provider and client: the day each debt was due, and minor units of it; None: of all.

    Below zero: money that came, by its value date, before the debt it paid.
    """
    since = None
    if asked.of_the_past():
        of_orders = LedgerEntry.subject_kind == "order"
        since = _moved(asked, LedgerEntry.subject_id.label("order_id"), of_orders)
    # a debt that grew since was smaller by as much, which stands below zero in the books
    later = func.coalesce(since.c.amount, 0) if since is not None else literal(0)
    owed = Order.owed + later
    due_on = _due_on(asked)
    found = select(Order.provider_id, Order.client_id, owed, Order.placed_at, due_on)
    if since is None:
        found = found.where(Order.owed > 0)
    else:
        found = found.outerjoin(since, since.c.order_id == Order.id)
        found = found.where(or_(Order.owed > 0, since.c.amount.is_not(None)), owed != 0)
    found = found.where(Order.provider_id.in_(asked.ids))
    if clients is not None:
        found = found.where(Order.client_id.in_(clients))
    debts: dict[tuple[int, int], list[tuple[date, int]]] = {}
    for provider, client, debt, placed_at, billed_till in session.execute(found):
        zone = asked.provider(provider).timezone
        last_day: date | None = billed_till
        day = last_day or local_date(placed_at, zone)
        debts.setdefault((provider, client), []).append((day, int(debt)))
    return debts


def _due_on(asked: Asked) -> ColumnElement[Any]:
    """Of the bill valid then, else of the first invoice."""
    invoiced = _of_document(asked, func.min(IssuedDocument.due_on), Kind.INVOICE)
    if not asked.of_the_past():
        return func.coalesce(Order.due_on, invoiced)
    voided = exists().where(
        DocumentEvent.document_id == IssuedDocument.id,
        DocumentEvent.kind == DocumentEventKind.VOIDED,
        ~asked.after(DocumentEvent.at, IssuedDocument.provider_id),
    )
    last = _of_document(asked, func.max(IssuedDocument.id), Kind.PROFORMA, ~voided)
    billed = select(IssuedDocument.due_on).where(IssuedDocument.id == last).scalar_subquery()
    return func.coalesce(billed, invoiced)


def _of_document(asked: Asked, value: Any, kind: Kind, *more: ColumnElement[bool]) -> Any:
    """``value`` of the order’s documents of a kind that were there at the end of the days."""
    return (
        select(value)
        .join(OrderDocument, OrderDocument.document_id == IssuedDocument.id)
        .where(
            and_(OrderDocument.order_id == Order.id, IssuedDocument.kind == kind, *more),
            ~asked.after(IssuedDocument.issued_at, IssuedDocument.provider_id),
        )
        .correlate(Order)
        .scalar_subquery()
    )
