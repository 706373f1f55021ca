"""Setting the status of an order line (P4)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import check_version, note_change
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.statuses.stage import Stage


@dataclass(frozen=True)
class SetLineStatus:
    """``status``: a key of the line statuses. ``version``: the one that was looked at."""

    order_id: int
    line_id: int
    status: str
    version: int | None = None


def set_line_status(
    session: Session, command: SetLineStatus, *, actor: Actor, clock: Clock
) -> Order:
    """Raises FunctionNotHeld, NotFound, Invalid ``unknown_status``.

    And Conflict: ``stale_version``, ``order_lost``, ``already_delivered``; ``use_deliver`` for a
    status that means delivered, since services begin then.
    """
    require(actor, OrdersFunction.STATUS_CHANGE)
    order = lock_for_change(session, actor, command.order_id)
    check_version(order, command.version)
    line = next((line for line in order.lines if line.id == command.line_id), None)
    if line is None:
        raise NotFound(text("There is no such line in this order."))
    known = {status.key: status for status in workflow_of(order).line_statuses}
    if command.status not in known:
        message = text("Choose one of: %(known)s.", known=AnyOf(list(known)))
        raise Invalid([FieldError("status", "unknown_status", message)])
    if order.stage is Stage.LOST:
        raise Conflict(text("A lost order can’t continue."), code="order_lost")
    is_done = known[command.status].stage is Stage.DONE
    if is_done and line.delivered_at is None:
        raise Conflict(text("Mark the line delivered instead."), code="use_deliver")
    if not is_done and line.delivered_at is not None:
        raise Conflict(text("That is already delivered."), code="already_delivered")
    before, line.status = line.status, command.status
    note_change(
        session,
        "order.line_moved",
        order,
        {"line": line.id, "from": before, "to": command.status},
        actor,
        clock.now(),
    )
    return order
