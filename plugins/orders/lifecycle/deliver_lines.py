"""Mark lines of an order delivered: services begin, and what is not paid becomes a debt."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import Conflict, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.retaxing.follow_tax_rates import follow_rates
from plugins.orders.lifecycle.take_step import move_by_itself
from plugins.orders.settlement import deliver_and_take_back
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger import order_ledger
from plugins.orders.settlement.read_order_facts import facts_of, lines_to_deliver
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.order_log import check_version, note_change
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.may_deliver import why_not_delivered


@dataclass(frozen=True)
class DeliverLines:
    """``line_ids`` None: every line not delivered yet. ``version``: the one that was looked at."""

    order_id: int
    line_ids: tuple[int, ...] | None = None
    version: int | None = None


def deliver_lines(session: Session, command: DeliverLines, *, actor: Actor, clock: Clock) -> Order:
    """When all are delivered the workflow may move the order by itself.

    Raises FunctionNotHeld, NotFound, Conflict: ``stale_version``, ``already_delivered``, and
    ``delivery_refused`` where the workflow lets no line be delivered now, with the reasons.
    """
    require(actor, OrdersFunction.LINE_DELIVER)
    order = lock_for_change(session, actor, command.order_id)
    check_version(order, command.version)
    if reasons := why_not_delivered(workflow_of(order), facts_of(order)):
        raise Conflict(
            text("No part of the order is being delivered now."),
            code="delivery_refused",
            reasons=reasons,
        )
    lines = _lines(order, command.line_ids)
    now = clock.now()
    follow_rates(session, order, actor=actor, at=now)
    with following_books(session, order, actor=actor, at=now):
        order_ledger.open_debt(session, order, actor=actor, at=now)
        deliver_and_take_back.deliver(session, order, lines, at=now)
    note_change(
        session, "order.lines_delivered", order, {"lines": [line.id for line in lines]}, actor, now
    )
    if facts_of(order).is_delivered:
        with covering(session, order, actor=actor, at=now):
            move_by_itself(session, order, "lines_delivered", actor=actor, at=now)
    return order


def _lines(order: Order, wanted: tuple[int, ...] | None) -> Sequence[OrderLine]:
    """One that was given up too, when it is named: it was found after all."""
    lines = {line.id: line for line in order.lines}
    if wanted is not None and not set(wanted) <= lines.keys():
        raise NotFound(text("There is no such line in this order."))
    named = wanted or [line.id for line in lines_to_deliver(order)]
    asked = [lines[line_id] for line_id in dict.fromkeys(named)]
    if not asked or any(line.delivered_at is not None for line in asked):
        raise Conflict(text("That is already delivered."), code="already_delivered")
    return asked
