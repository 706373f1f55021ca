"""Let orders that run by older versions of a workflow run by the newest, after a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Delete, and_, delete, insert, select, update
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.administration.details.record_provider_event import record_of_provider
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.effects import redate
from plugins.orders.settings.save_workflow_version import lock_provider, orders_in
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.models import Order, OrderDeadline, OrderDocument
from plugins.orders.store.versions.workflow_store import (
    as_made,
    file_of,
    running_version,
    status_rows,
)
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion
from plugins.orders.workflow.statuses.stage import ENDS


@dataclass(frozen=True)
class Outdated:
    """Orders that run by an older version: how many are in a status, and whether it still is."""

    status: OrderStatus
    orders: int
    is_known: bool


def outdated_orders(session: Session, actor: Actor, provider_key: str) -> Sequence[Outdated]:
    """What ``move_to_latest`` would move: a preview. Raises FunctionNotHeld, NotFound."""
    require(actor, OrdersFunction.TRANSITION_CHANGE)
    provider = find_provider(session, actor, provider_key)
    version = running_version(session, provider)
    known = {status.key for status in file_of(version).status}
    return [
        Outdated(status, orders, status.key in known)
        for status, orders in _old(session, provider, version)
    ]


def move_to_latest(
    session: Session,
    provider_key: str,
    instead: Mapping[str, str],
    *,
    actor: Actor,
    clock: Clock,
) -> int:
    """Let all orders run by the newest version; how many were moved.

    ``instead``: for statuses it no longer has, the one their orders get, without effects; its
    deadline begins; who gives them one moves orders by hand, and is asked for that too. Other
    deadlines stay, where the newest version still has one. Raises FunctionNotHeld, NotFound,
    Invalid ``unknown_status``.
    """
    require(actor, OrdersFunction.TRANSITION_CHANGE)
    provider = lock_provider(session, actor, provider_key)
    version = running_version(session, provider)
    at = clock.now()
    _lock_old(session, version)
    old = _old(session, provider, version)
    rows = status_rows(session, provider.id)
    known = {status.key for status in file_of(version).status}
    open_to_all = {key for key in known if rows[key].enabled}
    errors = [
        FieldError(f"instead.{status.key}", "unknown_status", text("Choose a status for these."))
        for status, _orders in old
        if status.key not in known and instead.get(status.key) not in open_to_all
    ]
    if errors:
        raise Invalid(errors)
    if any(status.key not in known for status, _orders in old):
        require(actor, OrdersFunction.STATUS_CHANGE)
    billed = _billed(session, version)
    for status, _orders in old:
        if status.key in known:
            _run_by(session, version, status)
        else:
            target = rows[instead[status.key]]
            _give_status(session, version, status, target, actor=actor, at=at)
    _redate(session, billed, actor=actor, at=at)
    moved = sum(orders for _status, orders in old)
    record_of_provider(
        session,
        "workflow.orders_moved",
        provider,
        {"orders": moved, "version": version.number, "instead": dict(instead)},
        actor=actor,
        at=at,
    )
    return moved


def _old_in(version: WorkflowVersion, status: OrderStatus) -> ColumnElement[bool]:
    return and_(
        Order.provider_id == version.provider_id,
        Order.workflow_id != version.id,
        Order.status_id == status.id,
    )


def _lock_old(session: Session, version: WorkflowVersion) -> None:
    old = select(Order.id).where(
        Order.provider_id == version.provider_id, Order.workflow_id != version.id
    )
    lock(session, old.order_by(Order.id).with_for_update())


def _give_status(
    session: Session,
    version: WorkflowVersion,
    status: OrderStatus,
    target: OrderStatus,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """``target`` instead of ``status``, written into the history of each order."""
    deadline = as_made(version).deadline(target.key)
    orders = session.execute(
        select(Order.id, Order.client_id).where(_old_in(version, status)).order_by(Order.id)
    ).all()
    session.execute(_without_deadline(version, status))
    if deadline is not None:
        due_at = deadline.due(at, session.get_one(Provider, version.provider_id).timezone)
        due = [{"order_id": order.id, "due_at": due_at} for order in orders]
        session.execute(insert(OrderDeadline), due)
    for order in orders:
        record(
            session,
            "order.status_given",
            actor=actor,
            at=at,
            subject=("order", order.id),
            provider_id=version.provider_id,
            client_id=order.client_id,
            facts={"from": status.key, "to": target.key},
        )
    session.execute(
        update(Order)
        .where(Order.id.in_(select(Order.id).where(_old_in(version, status))))
        .values(
            status_id=target.id,
            stage=target.stage,
            status_since=at,
            workflow_id=version.id,
            version=Order.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def _run_by(session: Session, version: WorkflowVersion, status: OrderStatus) -> None:
    """The orders in ``status`` that run by older versions; a deadline it has no more is over."""
    if as_made(version).deadline(status.key) is None:
        session.execute(_without_deadline(version, status))
    session.execute(
        update(Order)
        .where(_old_in(version, status))
        .values(workflow_id=version.id, version=Order.version + 1)
        .execution_options(synchronize_session=False)
    )


def _billed(session: Session, version: WorkflowVersion) -> Mapping[int, date | None]:
    """The orders of older versions that have a bill, and the day by which they are to be paid."""
    billed = select(OrderDocument.order_id)
    old = select(Order).where(
        Order.provider_id == version.provider_id,
        Order.workflow_id != version.id,
        Order.id.in_(billed),
    )
    orders = session.scalars(old.options(selectinload(Order.deadline)).order_by(Order.id))
    return {order.id: day_to_pay(order) for order in orders}


def _redate(
    session: Session, billed: Mapping[int, date | None], *, actor: Actor, at: datetime
) -> None:
    """Where the newest version has them paid by another day, their bills are reissued."""
    session.expire_all()
    orders = select(Order).where(Order.id.in_(billed)).order_by(Order.id)
    for order in session.scalars(orders.options(selectinload(Order.deadline))).all():
        if order.stage not in ENDS:
            redate(session, order, billed[order.id], actor=actor, at=at)


def _without_deadline(version: WorkflowVersion, status: OrderStatus) -> Delete:
    orders = select(Order.id).where(_old_in(version, status))
    return (
        delete(OrderDeadline)
        .where(OrderDeadline.order_id.in_(orders))
        .execution_options(synchronize_session=False)
    )


def _old(
    session: Session, provider: Provider, version: WorkflowVersion
) -> Sequence[tuple[OrderStatus, int]]:
    return orders_in(session, provider, Order.workflow_id != version.id)
