"""Lines of an order handed over to the client, and taken back: their services, and the stock."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from plugins.orders.settlement import order_services, order_stock
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.statuses.stage import Stage


def deliver(session: Session, order: Order, lines: Sequence[OrderLine], *, at: datetime) -> None:
    """Mark ``lines`` delivered, in their status too where they have one; their services begin."""
    done = next((s.key for s in workflow_of(order).line_statuses if s.stage is Stage.DONE), None)
    for line in lines:
        line.delivered_at, line.taken_back_at, line.status = at, None, done
    order_services.begin(session, order, lines, at=at)
    order_stock.leave_with(session, order, lines)


def take_back(session: Session, order: Order, lines: Sequence[OrderLine], *, at: datetime) -> None:
    """They are delivered no more: their services end, and stock may come back of them."""
    first = next((status.key for status in workflow_of(order).line_statuses), None)
    for line in lines:
        line.delivered_at, line.taken_back_at, line.status, line.gone = None, at, first, None
    order_services.end(session, order, lines)
