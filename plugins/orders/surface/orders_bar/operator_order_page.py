"""One order at the operator's desk: what the orders bar opens, to be accepted, paid or declined.

It is a page of its own; with scripts it comes up over the page somebody is on. Whoever does
something with an order here has it in hand from then on; while a colleague has it, it is to be
taken over first.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import answer, change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.claims.claim_order import (
    ClaimOrder,
    claim_order,
    release_order,
    take_in_hand,
)
from plugins.orders.claims.order_viewers import look_at, look_away, looking
from plugins.orders.functions import ACTING, OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.confirm_page import confirm_page
from plugins.orders.lifecycle.confirm_step import Unconfirmed, advance_confirmed
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.store.find_orders import find_order
from plugins.orders.surface.order_page.order_page import Sent, read_page
from plugins.orders.surface.order_page.step_form import asked_step, demand_choices, seen_version

T = TypeVar("T")

RULE = "/orders/<bigid:order_id>"
# where somebody came from and goes back to
BACK = {"order": "order.details", "desk": "desk.order"}

desk = Blueprint("desk", "plugins.orders")


@desk.get(f"{RULE}/desk", endpoint="order")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def order_at_desk(order_id: int) -> ResponseReturnValue:
    """An order with what an operator looks at and does.

    Needs ``orders:order:read``. ``?step=`` opens the step of that name.
    """
    return _show(order_id)


@desk.post(f"{RULE}/desk")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def move(order_id: int) -> ResponseReturnValue:
    """Take a step, with the order in hand.

    Needs ``orders:order:read``; the action asks for the step's own function. Refuses what the
    order's page refuses, and an order that a colleague has in hand.
    """
    if "back" in request.form:
        return _show(order_id, Sent(typed=request.form))
    try:
        return answer(partial(_move, order_id), partial(_refused, order_id))
    except Unconfirmed as unconfirmed:
        return confirm_page(unconfirmed, endpoint="desk.move")


def _move(order_id: int) -> ResponseReturnValue:
    demand_choices()
    return _do(order_id, _advance, asked_step(order_id))


def _advance(db: Session, command: AdvanceOrder) -> None:
    actor, clock = current_actor(), panel().clock
    take_in_hand(db, command.order_id, actor=actor, clock=clock)
    advance_confirmed(db, command, actor=actor, clock=clock)


@desk.post(f"{RULE}/desk/deliver")
@access(needs(OrdersFunction.LINE_DELIVER, for_staff=True))
def deliver(order_id: int) -> ResponseReturnValue:
    """Mark lines delivered (D7): those ticked, or every line that is left.

    Needs ``orders:line:deliver``. Refuses an order that a colleague has in hand.
    """
    ticked = [whole_number(value) for value in request.form.getlist("line")]
    lines = tuple(line_id for line_id in ticked if line_id is not None)
    return _do(order_id, _deliver, DeliverLines(order_id, lines or None, seen_version()))


def _deliver(db: Session, command: DeliverLines) -> None:
    actor, clock = current_actor(), panel().clock
    take_in_hand(db, command.order_id, actor=actor, clock=clock)
    deliver_lines(db, command, actor=actor, clock=clock)


@desk.post(f"{RULE}/claim")
@access(needs(*ACTING, for_staff=True))
def claim(order_id: int) -> ResponseReturnValue:
    """Take the order in hand, hand it over, or let it go.

    Needs a function by which something is done with orders. Refuses one that a colleague has,
    unless it is to be taken over.
    """
    return _do(order_id, _release if "release" in request.form else _claim, order_id)


def _claim(db: Session, order_id: int) -> None:
    command = ClaimOrder(
        order_id,
        note=request.form.get("note"),
        take_over="take_over" in request.form,
        to=request.form.get("to") or None,
    )
    claim_order(db, command, actor=current_actor(), clock=panel().clock)


def _release(db: Session, order_id: int) -> None:
    release_order(db, order_id, actor=current_actor(), clock=panel().clock)


@desk.post(f"{RULE}/looking")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def look(order_id: int) -> ResponseReturnValue:
    """Say that the order is looked at, or with ``away`` no longer; who else is looking is answered.

    Needs ``orders:order:read``. Scripts of its page send it while it is seen.
    """
    actor, clock = current_actor(), panel().clock
    with panel().database.writing() as db:
        if "away" in request.form:
            look_away(db, order_id, actor=actor)
            return "", 204
        look_at(db, order_id, actor=actor, clock=clock)
    with panel().database.reading() as db:
        names = looking(db, order_id, actor=actor, clock=clock)
    return render_template("orders/looking.html", names=names)


def _do(order_id: int, act: Callable[[Session, T], None], command: T) -> ResponseReturnValue:
    def run(db: Session) -> None:
        act(db, command)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Done."), "ok")
        back = BACK.get(request.form.get("from", ""), "desk.order")
        return redirect(url_for(back, order_id=order_id), 303)

    return change(run, partial(_refused, order_id), done)


def _refused(order_id: int, refusal: DomainError) -> ResponseReturnValue:
    return _show(order_id, Sent(refusal, typed=request.form))


def _show(order_id: int, sent: Sent | None = None) -> ResponseReturnValue:
    running, actor, sent = panel(), current_actor(), sent or Sent()
    with running.database.reading() as db:
        page = read_page(db, running, find_order(db, actor, order_id), actor, sent)
        page = replace(page, moves="desk.move", opened=request.args.get("step", ""))
        drawn = render_template("orders/desk.html", page=page)
    return drawn, sent.refusal.status if sent.refusal else 200
