"""Finding orders with dates that have passed, by an index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, ScalarSelect, Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.values.calendar_dates import local_date
from plugins.orders.store.models import Order, OrderLine, OrderService
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion

Found = Select[*tuple[Any, ...]]


def providers_told(session: Session, action: str) -> list[Provider]:
    """Those of whose workflows some version, an old one too, names the action at all."""
    named = cast(WorkflowVersion.content, String).contains(f'"{action}"', autoescape=True)
    running = select(WorkflowVersion.provider_id).where(named)
    return [*session.scalars(select(Provider).where(Provider.id.in_(running)))]


def overdue(provider: Provider, now: datetime) -> Found:
    """Orders that owe, whose last bill was due before today where the provider is.

    What has no bill has no day to pay by.
    """
    return (
        select(
            *(Order.id, Order.workflow_id, Order.status_since),
            OrderStatus.key.label("status"),
            Order.due_on.label("date"),
            _delivered_at().label("delivered_at"),
        )
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(
            Order.provider_id == provider.id,
            Order.owed > 0,
            Order.due_on < local_date(now, provider.timezone),
            or_(Order.told_due.is_(None), Order.told_due < Order.due_on),
        )
    )


def _delivered_at() -> ScalarSelect[Any]:
    delivered = select(func.max(OrderLine.delivered_at)).where(OrderLine.order_id == Order.id)
    return delivered.scalar_subquery()


def ended(provider: Provider, now: datetime) -> Found:
    """Orders all of whose running services have come to the end of the term ordered.

    A service that has no end keeps its order from ending; hours that have none do not.
    """
    ends_at = func.max(Service.ends_at)
    running = Service.state == ServiceState.ACTIVE
    over = (
        select(OrderService.order_id)
        .join(Service, Service.id == OrderService.service_id)
        .where(Service.provider_id == provider.id, running, Service.ends_at <= now)
    )
    return (
        select(Order.id, Order.workflow_id, OrderStatus.key.label("status"), ends_at.label("date"))
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .join(OrderService, OrderService.order_id == Order.id)
        .join(Service, and_(Service.id == OrderService.service_id, running))
        .where(Order.id.in_(over))
        .where(or_(OrderService.hours.is_(None), Service.ends_at.is_not(None)))
        .group_by(Order.id, OrderStatus.key)
        .having(
            func.count() == func.count(Service.ends_at),
            ends_at <= now,
            or_(Order.told_ended.is_(None), Order.told_ended < ends_at),
        )
    )


def in_hand(row: Row[Any], provider: Provider) -> bool:
    """It was delivered, its bill fell due, and then somebody brought it to where it is.

    So what staff resume stays as they left it.
    """
    moved_since = row.delivered_at is not None and row.delivered_at < row.status_since
    return moved_since and local_date(row.status_since, provider.timezone) > row.date


def never(_row: Row[Any], _provider: Provider) -> bool:
    """Spare no order."""
    return False


@dataclass(frozen=True)
class Message:
    """``told``: the column of an order that says of which date it was told last.

    ``found`` gives (id, workflow_id, status, date) of orders that were not told of theirs;
    ``spared`` says which of those rows are left alone.
    """

    told: str
    found: Callable[[Provider, datetime], Found]
    spared: Callable[[Row[Any], Provider], bool]


# by the action of the system it is in a workflow
MESSAGES: Mapping[str, Message] = {
    "payment_overdue": Message("told_due", overdue, in_hand),
    "term_ended": Message("told_ended", ended, never),
}
