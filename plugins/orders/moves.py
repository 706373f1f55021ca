"""One step of an order, taken: its effects, its status, its deadline, and the entry in the log."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import Conflict, Reason
from billing_panel.kernel.events import record
from billing_panel.kernel.text import text
from plugins.orders.effects import Occasion, run_effects
from plugins.orders.models import Order, OrderDeadline, OrderStatus
from plugins.orders.order_state import facts_of
from plugins.orders.rules.order_facts import SYSTEM, Trigger
from plugins.orders.rules.plan import Refusal, plan
from plugins.orders.rules.workflow import Deadline, Step
from plugins.orders.workflow_store import status_rows, workflow_of

# fields of an order that have a column of their own
COLUMNS = frozenset({"delivery_service"})
# what is written down with a step and is no property of the order
OF_THE_STEP = frozenset({"reason", "payment_method"})


def take_step(
    session: Session,
    order: Order,
    step: Step,
    fields: Mapping[str, str],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """``step`` was planned for the order, which is locked, with its stock (``locks``).

    Raises Conflict ``transition_refused``, and what its effects raise.
    """
    target = status_rows(session, order.provider_id)[step.target.key]
    refuse_switched_off(step, target)
    _keep_fields(order, fields)
    run_effects(step.effects, Occasion(session, order, actor, at, target, fields))
    if not step.stays:
        enter(order, target, step.deadline, at=at)
    order.version += 1
    record(
        session,
        "order.moved",
        actor=actor,
        at=at,
        subject=("order", order.id),
        provider_id=order.provider_id,
        client_id=order.client_id,
        facts={
            "action": step.action,
            "from": step.source.key,
            "to": step.target.key,
            "fields": dict(fields),
            "effects": list(step.effects),
        },
    )


def refuse_switched_off(step: Step, target: OrderStatus) -> None:
    """What the owner has switched off is entered by no order, whichever version it runs by (W1)."""
    if step.stays or target.enabled:
        return
    raise Conflict(
        text("The order does not move that way now."),
        code="transition_refused",
        reasons=[
            Reason(
                "status_off",
                text("“%(status)s” is switched off; no order can enter it.", status=target.title),
                text("Switch it on among the order statuses in the settings."),
            )
        ],
    )


def enter(order: Order, status: OrderStatus, deadline: Deadline | None, *, at: datetime) -> None:
    """The deadline of the status left is forgotten; the one of ``status`` begins."""
    order.status = status
    order.stage = status.stage
    order.status_since = at
    if deadline is None:
        order.deadline = None
    elif order.deadline is None:
        order.deadline = OrderDeadline(due_at=at + deadline.after)
    else:
        order.deadline.due_at = at + deadline.after


def move_by_itself(
    session: Session, order: Order, action: str, *, actor: Actor, at: datetime
) -> bool:
    """What the system does when ``action`` has happened, if the workflow says so."""
    step = plan(workflow_of(order), facts_of(order), Trigger(action), SYSTEM)
    if isinstance(step, Refusal):
        return False
    if not (step.stays or status_rows(session, order.provider_id)[step.target.key].enabled):
        return False
    take_step(session, order, step, {}, actor=actor, at=at)
    return True


def _keep_fields(order: Order, fields: Mapping[str, str]) -> None:
    if service := fields.get("delivery_service"):
        order.delivery_service = service
    kept = {k: v for k, v in fields.items() if v and k not in COLUMNS | OF_THE_STEP}
    if kept:
        order.fields = {**order.fields, **kept}
