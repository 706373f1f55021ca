"""One order (H7): its page, and each thing that is done on it.

What is refused comes back on the same page, with everything that was typed.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError, FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import read_moment, whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.parse_typed_amounts import in_plain
from billing_panel.web.shell.post_in_transaction import answer, change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs, takes_files
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.balance_form import carry_out, read_balance_form
from plugins.orders.deadlines.change_deadline import ChangeDeadline, change_deadline
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.confirm_page import confirm_page
from plugins.orders.lifecycle.confirm_step import Unconfirmed, advance_confirmed
from plugins.orders.lifecycle.deliver_lines import DeliverLines, deliver_lines
from plugins.orders.lifecycle.raise_price import RaisePrice, raise_price
from plugins.orders.lifecycle.set_line_status import SetLineStatus, set_line_status
from plugins.orders.lifecycle.use_hours import UseHours, use_hours
from plugins.orders.payments.give_up_payment import GiveUpPayment, give_up_payment
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.models import Order
from plugins.orders.surface.order_page.order_page import Sent, show_order
from plugins.orders.surface.order_page.step_form import (
    asked_step,
    demand_choices,
    seen_version,
)

RULE = "/orders/<bigid:order_id>"

order = Blueprint("order", "plugins.orders")


@order.get(RULE, endpoint="details")
@access(needs(OrdersFunction.ORDER_READ))
def details(order_id: int) -> ResponseReturnValue:
    """Everything about the order, as far as whoever looks may see it.

    Needs ``orders:order:read``. ``?activity=`` and ``?payments=`` show what came before that event
    or payment.
    """
    return show_order(order_id)


@order.post(f"{RULE}/move")
@takes_files
@access(needs(OrdersFunction.ORDER_READ))
def move(order_id: int) -> ResponseReturnValue:
    """Take a step of the workflow, by an action or by setting a status.

    Needs ``orders:order:read``; the action asks for the step's own function. A step that can't be
    undone is shown first. Refuses a step that is not there, fields that are missing or wrong, and
    an order that was changed meanwhile.
    """
    if "back" in request.form:
        return show_order(order_id, Sent(typed=request.form))
    try:
        return answer(partial(_move, order_id), partial(_refused, order_id))
    except Unconfirmed as unconfirmed:
        return confirm_page(unconfirmed)


def _move(order_id: int) -> ResponseReturnValue:
    demand_choices()
    return _do(order_id, advance_confirmed, asked_step(order_id))


@order.post(f"{RULE}/deliver")
@access(needs(OrdersFunction.LINE_DELIVER))
def deliver(order_id: int) -> ResponseReturnValue:
    """Mark lines delivered (D7): those ticked, or every line that is left.

    Needs ``orders:line:deliver``. Refuses where the workflow has nothing delivered as the order is
    now.
    """
    ticked = [whole_number(value) for value in request.form.getlist("line")]
    lines = tuple(line_id for line_id in ticked if line_id is not None)
    return _do(order_id, deliver_lines, DeliverLines(order_id, lines or None, seen_version()))


@order.post(f"{RULE}/lines/<bigid:line_id>/status")
@access(needs(OrdersFunction.STATUS_CHANGE))
def line_status(order_id: int, line_id: int) -> ResponseReturnValue:
    """Set the status of one line (P4).

    Needs ``orders:status:change``. Refuses a status that lines of this workflow don't have, and a
    line that is delivered.
    """
    command = SetLineStatus(order_id, line_id, request.form.get("status", ""), seen_version())
    return _do(order_id, set_line_status, command)


@order.post(f"{RULE}/services/<bigid:service_id>/hours")
@access(needs(OrdersFunction.HOURS_USE, for_staff=True))
def hours(order_id: int, service_id: int) -> ResponseReturnValue:
    """Record hours used of a time package (D4).

    Needs ``orders:hours:use``. Refuses more than is left, and a use without a word what for.
    """
    typed, words = request.form.get("hours", ""), request.form.get("words", "")
    command = UseHours(order_id, service_id, typed, words, seen_version())
    return _do(order_id, use_hours, command)


@order.post(f"{RULE}/deadline")
@access(needs(OrdersFunction.DEADLINE_CHANGE))
def deadline(order_id: int) -> ResponseReturnValue:
    """Move the deadline of the order, or cancel it.

    Needs ``orders:deadline:change``. ``due_at`` is in the provider's time. Refuses an order without
    a deadline, a moment that is past, and a change without a reason.
    """
    return answer(partial(_change_deadline, order_id), partial(_refused, order_id))


def _change_deadline(order_id: int) -> ResponseReturnValue:
    reason, written = request.form.get("reason", ""), request.form.get("due_at", "")
    due_at = None if "cancel" in request.form else _moment(order_id, written)
    return _do(order_id, change_deadline, ChangeDeadline(order_id, due_at, reason, seen_version()))


@order.post(f"{RULE}/lines/<bigid:line_id>/price")
@access(needs(OrdersFunction.PRICE_RAISE))
def price(order_id: int, line_id: int) -> ResponseReturnValue:
    """Raise the unit price of one line.

    Needs ``orders:price:raise``. Refuses a price that is not higher, a change without a reason, and
    an order that is lost.
    """
    return answer(partial(_raise_price, order_id, line_id), partial(_refused, order_id))


def _raise_price(order_id: int, line_id: int) -> ResponseReturnValue:
    typed, reason = request.form.get("unit_price", ""), request.form.get("reason", "")
    amount = in_plain(typed, _order(order_id).currency, "unit_price")
    return _do(order_id, raise_price, RaisePrice(order_id, line_id, amount, reason, seen_version()))


@order.post(f"{RULE}/payments/<bigid:payment_id>/give-up")
@access(needs(OrdersFunction.PAYMENT_RECORD, OrdersFunction.ORDER_PAY))
def give_up(order_id: int, payment_id: int) -> ResponseReturnValue:
    """Stop waiting for a payment at a payment system.

    Needs ``orders:payment:record`` of staff, ``orders:order:pay`` of the client. Refuses a payment
    that is closed and, of staff, one given up without a reason.
    """
    return _do(order_id, give_up_payment, GiveUpPayment(payment_id, request.form.get("reason", "")))


@order.post(f"{RULE}/credit")
@access(needs(PanelFunction.BALANCE_CREDIT, for_staff=True))
def credit(order_id: int) -> ResponseReturnValue:
    """Credit the client whose order it is, with its provider (P7).

    Needs ``balance:balance:credit``. Shows the balance afterwards first; refuses another than was
    shown.
    """
    return _change_balance(order_id, "credit")


@order.post(f"{RULE}/debit")
@access(needs(PanelFunction.BALANCE_DEBIT, for_staff=True))
def debit(order_id: int) -> ResponseReturnValue:
    """Debit the client whose order it is, with its provider (P7).

    Needs ``balance:balance:debit``. Shows the balance afterwards first; refuses another than was
    shown, and more than the client has.
    """
    return _change_balance(order_id, "debit")


def _change_balance(order_id: int, name: str) -> ResponseReturnValue:
    found = _order(order_id)
    client_id = found.client_id
    form = read_balance_form(name, found.provider.key, request.form)

    def done() -> ResponseReturnValue:
        flash(carry_out(client_id, form), "ok")
        return _to_the_order(order_id)

    return answer(done, lambda refusal: show_order(order_id, Sent(refusal, form=form)))


def _do(order_id: int, act: Callable[..., object], command: Any) -> ResponseReturnValue:
    """Give ``command`` to ``act`` in one transaction, and go back to the order."""

    def run(db: Session) -> None:
        act(db, command, actor=current_actor(), clock=panel().clock)

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Done."), "ok")
        return _to_the_order(order_id)

    return change(run, partial(_refused, order_id), done)


def _refused(order_id: int, refusal: DomainError) -> ResponseReturnValue:
    return show_order(order_id, Sent(refusal, typed=request.form))


def _to_the_order(order_id: int) -> ResponseReturnValue:
    return redirect(url_for("order.details", order_id=order_id), 303)


def _order(order_id: int) -> Order:
    """Raises NotFound."""
    with panel().database.reading() as db:
        return find_order(db, current_actor(), order_id)


def _moment(order_id: int, written: str) -> datetime:
    """What was typed, where the provider is. Raises Invalid, NotFound."""
    zone = ZoneInfo(_order(order_id).provider.timezone)
    read = read_moment(written)
    if read is None:
        message = text("Enter a date and time.")
        raise Invalid([FieldError("due_at", "moment", message)])
    return read.replace(tzinfo=zone).astimezone(UTC)
