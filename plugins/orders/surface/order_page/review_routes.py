"""Routes for ratings on the page of an order."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.reviews.review_order import RateOrder, answer_review, hide_review, rate_order
from plugins.orders.surface.order_page.order_page import Sent, show_order

RULE = "/orders/<bigid:order_id>/review"

reviews = Blueprint("reviews", "plugins.orders")


@reviews.post(RULE, endpoint="rate")
@access(needs(OrdersFunction.ORDER_CREATE))
def rate(order_id: int) -> ResponseReturnValue:
    """Rate an order that is over, or change its rating for a week (M10).

    Needs ``orders:order:create``; clients alone.
    """
    stars = whole_number(request.form.get("stars", ""))
    command = RateOrder(order_id, stars, request.form.get("words", "").strip())
    return _do(order_id, partial(rate_order, command=command))


@reviews.post(f"{RULE}/answer", endpoint="answer")
@access(needs(OrdersFunction.STATUS_CHANGE, for_staff=True))
def answer_it(order_id: int) -> ResponseReturnValue:
    """Answer a rating, once.

    Needs ``orders:status:change``.
    """
    words = request.form.get("answer", "")
    return _do(order_id, partial(answer_review, order_id=order_id, words=words))


@reviews.post(f"{RULE}/hide", endpoint="hide")
@access(needs(OrdersFunction.STATUS_CHANGE, for_staff=True))
def hide(order_id: int) -> ResponseReturnValue:
    """Hide what was written, with a reason.

    Needs ``orders:status:change``.
    """
    reason = request.form.get("reason", "")
    return _do(order_id, partial(hide_review, order_id=order_id, reason=reason))


def _do(order_id: int, act: Callable[..., None]) -> ResponseReturnValue:
    def run(db: Session) -> None:
        act(db, actor=current_actor(), clock=panel().clock)

    def refused(refusal: DomainError) -> ResponseReturnValue:
        return show_order(order_id, Sent(refusal, typed=request.form))

    def done(_: None) -> ResponseReturnValue:
        flash(gettext("Done."), "ok")
        address = url_for("order.details", order_id=order_id, _anchor="rating-title")
        return redirect(address, 303)

    return change(run, refused, done)
