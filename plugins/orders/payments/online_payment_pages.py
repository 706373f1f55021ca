"""Paying an order at an outside payment system: leaving for it, and coming back (W3).

The browser's return proves nothing, so the page says only what messages have told.
"""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.web.shell.post_in_transaction import answer
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.payments.begin_payment import BeginPayment, begin_payment, is_good
from plugins.orders.settlement.allowed_payment_methods import refusal_to_pay
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.store.visibility.price_visibility import priced

RULE = "/orders/<bigid:order_id>"

online = Blueprint("online", "plugins.orders")


@online.post(f"{RULE}/pay-online")
@access(needs(OrdersFunction.ORDER_PAY))
def begin(order_id: int) -> ResponseReturnValue:
    """Begin a payment of what is left, and lead to the page between here and the payment system.

    Needs ``orders:order:pay``. Refuses staff (H3), an order on which nothing is left to pay, and a
    method that is not one of a payment system.
    """
    method = request.form.get("method", "")
    return answer(partial(leave_for_payment, order_id, method), partial(_refused, order_id))


def leave_for_payment(order_id: int, method: str) -> ResponseReturnValue:
    """Begin a payment by the method of that key, and lead on. Raises as ``begin_payment`` does."""
    running = panel()
    back = url_for("online.returned", order_id=order_id, payment_id=0).removesuffix("0")
    command = BeginPayment(order_id, f"{running.config.public_url}{back}{{id}}", method)
    payment = begin_payment(
        running.database, running.gateways, command, actor=current_actor(), clock=running.clock
    )
    to = "online.leave" if payment.state is PaymentState.BEGUN else "online.returned"
    return redirect(url_for(to, order_id=order_id, payment_id=payment.id), 303)


@online.get(f"{RULE}/payments/<bigid:payment_id>/leave")
@access(needs(OrdersFunction.ORDER_PAY))
def leave(order_id: int, payment_id: int) -> ResponseReturnValue:
    """The page between: the content policy lets no form end at another address.

    Needs ``orders:order:pay``. Staff who find the address are led back (H3), as is whoever has
    nothing to pay any more.
    """
    with panel().database.reading() as db:
        order, payment = _found(db, order_id, payment_id)
        if payment.page and _may_leave(order, payment):
            page = render_template("orders/leave.html", order=order, payment=payment)
            return page, {"Refresh": f"0; url={payment.page}"}
    return redirect(url_for("online.returned", order_id=order_id, payment_id=payment_id), 303)


@online.get(f"{RULE}/payments/<bigid:payment_id>")
@access(needs(OrdersFunction.ORDER_READ))
def returned(order_id: int, payment_id: int) -> ResponseReturnValue:
    """What is known of the payment, once the browser is back.

    Needs ``orders:order:read``.
    """
    with panel().database.reading() as db:
        order, payment = _found(db, order_id, payment_id)
        shown = priced(payment, current_actor())
        return render_template("orders/returned.html", order=order, payment=shown)


def _may_leave(order: Order, payment: Payment) -> bool:
    actor = current_actor()
    return (
        actor.kind is ActorKind.CLIENT
        and is_good(payment, order, panel().clock.now())
        and refusal_to_pay(order, actor) is None
    )


def _found(db: Session, order_id: int, payment_id: int) -> tuple[Order, Payment]:
    """One that a payment system carries out. Raises NotFound."""
    order = find_order(db, current_actor(), order_id)
    payment = next((one for one in order.payments if one.id == payment_id), None)
    if payment is None or payment.gateway is None:
        raise NotFound(text("No such payment, or you don’t have access to it."))
    return order, payment


def _refused(order_id: int, refusal: DomainError) -> ResponseReturnValue:
    with panel().database.reading() as db:
        order = find_order(db, current_actor(), order_id)
        page = render_template("orders/not_left.html", order=order, refusal=refusal)
    return page, refusal.status
