"""What a client should have paid by now, by the bills issued for their orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from billing_panel.kernel.values.money import Money
from plugins.orders.store.find_orders import is_overdue
from plugins.orders.store.models import Order, number_of
from plugins.orders.workflow.statuses.stage import Stage


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

    Of orders that are lost only what is owed is left.
    """
    left = case((Order.stage == Stage.LOST, Order.owed), else_=Order.total - Order.paid)
    rows = session.execute(
        select(Order.id, Order.currency, left, Order.due_on)
        .where(Order.client_id == client_id, is_overdue({provider_id: today}))
        .order_by(Order.due_on, Order.id)
    )
    return [Overdue(order, Money(rest, currency), day) for order, currency, rest, day in rows]
