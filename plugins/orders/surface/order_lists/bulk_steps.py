"""One step for many orders: looked at first, then taken by each in a transaction of its own.

It is the step of the order's own page, planned and refused as there. Each order carries the version
that was looked at, and of a step that can't be undone the mark of what was told: whatever changed
meanwhile is refused, and what is sent twice finds nothing left to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from billing_panel.core.panel import Panel
from billing_panel.kernel.language.errors import DomainError, Refused
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.confirm_step import Unconfirmed, advance_confirmed, mark_of
from plugins.orders.lifecycle.consequence_sentences import sentences_of
from plugins.orders.lifecycle.preview_step import preview_step
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.models import Order, number_of
from plugins.orders.store.visibility.price_visibility import without_sums
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.surface.order_lists.return_to_list import back_to_the_list
from plugins.orders.surface.order_lists.set_status_in_list import row_named
from plugins.orders.surface.order_lists.url_filters import PAGE
from plugins.orders.workflow.order_facts import BY_HAND

bulk_steps = Blueprint("bulk_steps", "plugins.orders")
SET = f"{BY_HAND}."


@dataclass(frozen=True)
class BulkRow:
    """What would become of one order, or what became of it. ``refusal`` None: nothing hinders.

    ``says``: what follows a step that can't be undone; ``mark``: the mark of it.
    """

    command: AdvanceOrder
    refusal: DomainError | None = None
    says: Sequence[Text] = ()
    mark: str = ""

    @property
    def number(self) -> str:
        return number_of(self.command.order_id)

    @property
    def named(self) -> str:
        """As a form names it."""
        return f"{self.command.order_id}.{self.command.version}"


@bulk_steps.post("/orders/bulk", endpoint="look")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def look() -> ResponseReturnValue:
    """Show what a step would do to each of the orders that are ticked; nothing is done.

    Needs ``orders:order:read``; each step asks for its own function.
    """
    commands = _commands()
    if not commands:
        return back_to_the_list()
    return _page([_looked_at(panel(), one, current_actor()) for one in commands], done=False)


@bulk_steps.post("/orders/bulk/take", endpoint="take")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def take() -> ResponseReturnValue:
    """Take the step with each of these orders, and say what became of it.

    Needs ``orders:order:read``; each step asks for its own function. One that is refused stops no
    other.
    """
    commands = _commands()
    if not commands:
        return back_to_the_list()
    return _page([_taken(panel(), one, current_actor()) for one in commands], done=True)


def _commands() -> Sequence[AdvanceOrder]:
    """Of no more orders than a page of the list has."""
    asked = request.form.get("step", "")
    action, to = (BY_HAND, asked.removeprefix(SET)) if asked.startswith(SET) else (asked, None)
    named = dict.fromkeys(row_named(one) for one in request.form.getlist("order"))
    if not action:
        return ()
    return [
        AdvanceOrder(
            order_id, action, to, version=version, confirmed=request.form.get(f"mark.{order_id}")
        )
        for order_id, version in [*named][:PAGE]
    ]


def _looked_at(running: Panel, command: AdvanceOrder, actor: Actor) -> BulkRow:
    try:
        with running.database.writing() as db:
            found = preview_step(db, command, actor=actor, clock=running.clock)
    except DomainError as refusal:
        return BulkRow(command, refusal)
    told = found.consequences
    if found.refusal is not None or told is None:
        return BulkRow(command, found.refusal)
    if not found.is_lasting:
        return BulkRow(command)
    says = [without_sums(one, actor) for one in sentences_of(told, for_staff=True)]
    return BulkRow(command, says=says, mark=mark_of(told))


def _taken(running: Panel, command: AdvanceOrder, actor: Actor) -> BulkRow:
    try:
        with running.database.writing() as db:
            advance_confirmed(db, command, actor=actor, clock=running.clock)
    except DomainError as refusal:
        return BulkRow(command, refusal)
    except Unconfirmed:
        changed = Refused(text("Something has changed since you checked. Check again."))
        return BulkRow(replace(command, confirmed=None), changed)
    return BulkRow(command)


def _what(rows: Sequence[BulkRow]) -> Text | Titles:
    """What is done with them, as the list called it."""
    command = rows[0].command
    if command.action != BY_HAND:
        return text("Accept") if command.action == "accept" else text("Step")
    with panel().database.reading() as db:
        titles = db.scalar(
            select(OrderStatus.titles)
            .join(Order, Order.provider_id == OrderStatus.provider_id)
            .where(own_orders(current_actor()), OrderStatus.key == command.to)
            .where(Order.id.in_([row.command.order_id for row in rows]))
            .limit(1)
        )
    return Titles(titles) if titles else text("Status")


def _page(rows: Sequence[BulkRow], *, done: bool) -> ResponseReturnValue:
    return render_template(
        "orders/bulk.html",
        what=_what(rows),
        rows=rows,
        possible=[row for row in rows if row.refusal is None],
        done=done,
        step=request.form.get("step", ""),
        asked=request.form.get("asked", ""),
        client_id=request.form.get("client_id", ""),
    )


@bulk_steps.post("/orders/bulk/back", endpoint="back")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def back() -> ResponseReturnValue:
    """Lead back to the list that orders were ticked in. Needs ``orders:order:read``."""
    return back_to_the_list()
