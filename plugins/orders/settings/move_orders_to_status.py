"""Give all orders of a status another, so that it can be deleted (W1). Nothing else happens."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.access.scope import find_provider
from billing_panel.kernel.database.row_locks import lock
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.effects import redate
from plugins.orders.lifecycle.take_step import begin_status
from plugins.orders.promo.use_promo import settle_promo
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.locks.lock_sequence import lock_workflow
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note_change
from plugins.orders.store.versions.workflow_store import (
    file_of,
    knows_status,
    running_version,
    status_rows,
    workflow_of,
)
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.file.workflow_edit import stand_ins
from plugins.orders.workflow.file.workflow_file import WorkflowFile
from plugins.orders.workflow.requirements import MAX_FIELD


@dataclass(frozen=True)
class GiveStatus:
    """Keys: orders that are ``status`` get ``instead``. ``reason`` stands in their histories."""

    status: str
    instead: str
    reason: str


def orders_in(session: Session, actor: Actor, provider_key: str, status: str) -> int:
    """How many orders are in the status. Raises FunctionNotHeld, NotFound."""
    require(actor, OrdersFunction.STATUS_LIST_CHANGE)
    provider = find_provider(session, actor, provider_key)
    there = (
        select(func.count())
        .select_from(Order)
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(Order.provider_id == provider.id, OrderStatus.key == status)
    )
    return session.scalar(there) or 0


def give_status(
    session: Session, provider_key: str, command: GiveStatus, *, actor: Actor, clock: Clock
) -> int:
    """How many orders got it: no effects; its own deadline begins.

    An order whose version of the workflow has no such status runs by the newest from now on.
    Orders are moved by hand, so it asks for that too. Raises FunctionNotHeld, NotFound, Invalid,
    Refused ``predefined_status``.
    """
    require(actor, OrdersFunction.STATUS_LIST_CHANGE)
    require(actor, OrdersFunction.STATUS_CHANGE)
    provider = find_provider(session, actor, provider_key)
    lock_workflow(session, provider)
    version = running_version(session, provider)
    _check(command, file_of(version))
    rows = status_rows(session, provider.id)
    target, now = rows[command.instead], clock.now()
    there = (
        select(Order)
        .where(Order.provider_id == provider.id, Order.status_id == rows[command.status].id)
        .order_by(Order.id)
    )
    lock(session, there.with_only_columns(Order.id).with_for_update())
    orders = session.scalars(there.options(selectinload(Order.deadline))).all()
    facts = {"from": command.status, "to": target.key}
    words = {"reason": command.reason.strip()}
    for order in orders:
        settle_promo(session, order, target.stage, now)
    for order in orders:
        was = day_to_pay(order)
        if not knows_status(order.workflow, target.key):
            order.workflow = version
        begin_status(order, target, workflow_of(order).deadline(target.key), at=now)
        redate(session, order, was, actor=actor, at=now)
        note_change(session, "order.status_given", order, facts, actor, now, words)
    return len(orders)


def _check(command: GiveStatus, file: WorkflowFile) -> None:
    own = next((status for status in file.status if status.key == command.status), None)
    if own is None:
        raise NotFound(text("There is no status “%(key)s”.", key=command.status))
    if own.predefined:
        raise Refused(
            text("Orders leave a predefined status one by one, on their own pages."),
            code="predefined_status",
        )
    errors = []
    if not is_visible(command.reason) or len(command.reason.strip()) > MAX_FIELD:
        message = text("Say briefly why; it stays in the history.")
        errors.append(FieldError("reason", "required", message))
    if command.instead not in {status.key for status in stand_ins(file, command.status)}:
        message = text("Choose one that staff may set from there without any further input.")
        errors.append(FieldError("instead", "unknown_status", message))
    if errors:
        raise Invalid(errors)
