"""What a client should have paid by now, by the bills issued for their orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.money import Money
from invoices.store.models import DocumentEvent, DocumentEventKind, IssuedDocument
from plugins.orders.store.models import Order, OrderDocument, number_of
from plugins.orders.workflow.workflow import Stage


@dataclass(frozen=True)
class Overdue:
    """What is left of an order; ``due_on``: the day by which its bill was to be paid."""

    order_id: int
    left: Money
    due_on: date

    @property
    def number(self) -> str:
        return number_of(self.order_id)


def overdue_of(
    session: Session, client_id: int, provider_id: int, today: date
) -> Sequence[Overdue]:
    """Oldest first. ``today`` where the provider is; a bill is overdue on the day after its last.

    Bills that are void ask for nothing, and orders that are lost for what is owed alone.
    """
    voided = select(DocumentEvent.document_id).filter_by(kind=DocumentEventKind.VOIDED)
    due_on = func.min(IssuedDocument.due_on)
    left = case((Order.stage == Stage.LOST, Order.owed), else_=Order.total - Order.paid)
    rows = session.execute(
        select(Order.id, Order.currency, left, due_on)
        .join(OrderDocument, OrderDocument.order_id == Order.id)
        .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
        .where(
            IssuedDocument.client_id == client_id,
            IssuedDocument.provider_id == provider_id,
            IssuedDocument.due_on < today,
            IssuedDocument.id.not_in(voided),
            left > 0,
        )
        .group_by(Order.id)
        .order_by(due_on, Order.id)
    )
    return [Overdue(order, Money(rest, currency), day) for order, currency, rest, day in rows]
