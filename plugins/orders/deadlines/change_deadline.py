"""Staff give an order more time, or cancel its deadline."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.effects import redate
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import check_version, note_change
from plugins.orders.workflow.requirements import MAX_FIELD


@dataclass(frozen=True)
class ChangeDeadline:
    """``due_at`` None: it is cancelled, and the order waits for somebody."""

    order_id: int
    due_at: datetime | None
    reason: str
    version: int | None = None


def change_deadline(
    session: Session, command: ChangeDeadline, *, actor: Actor, clock: Clock
) -> Order:
    """A bill that was to be paid by then is reissued, with the day that holds now.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict ``stale_version`` or ``no_deadline``.
    """
    require(actor, OrdersFunction.DEADLINE_CHANGE)
    order = lock_for_change(session, actor, command.order_id)
    check_version(order, command.version)
    if order.deadline is None:
        raise Conflict(text("The order has no deadline."), code="no_deadline")
    now, before, was = clock.now(), order.deadline.due_at, day_to_pay(order)
    _check(command, max(now, before))
    if command.due_at is None:
        order.deadline = None
    else:
        order.deadline.due_at = command.due_at
    note_change(
        session,
        "order.deadline_changed",
        order,
        {
            "from": before.isoformat(),
            "to": command.due_at.isoformat() if command.due_at else None,
        },
        actor,
        now,
        words={"reason": command.reason.strip()},
    )
    redate(session, order, was, actor=actor, at=now)
    return order


def _check(command: ChangeDeadline, after: datetime) -> None:
    """Nobody brings about what is the client's to do by making time run out (M8)."""
    errors = []
    if not is_visible(command.reason) or len(command.reason.strip()) > MAX_FIELD:
        message = text("Say briefly why; it stays in the history.")
        errors.append(FieldError("reason", "required", message))
    if command.due_at is not None and command.due_at <= after:
        message = text("A deadline can only be moved to a later time.")
        errors.append(FieldError("due_at", "too_early", message))
    if errors:
        raise Invalid(errors)
