"""What is done with one order where it stands in a list: a new status, as on its own page (M15)."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.bounded_parsing import whole_number
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.post_in_transaction import WITH_RIGHTS, change
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.advance_order import AdvanceOrder
from plugins.orders.lifecycle.confirm_page import confirm_page
from plugins.orders.lifecycle.confirm_step import Unconfirmed, advance_confirmed
from plugins.orders.store.models import number_of
from plugins.orders.surface.order_lists.order_list import RefusedRow
from plugins.orders.surface.order_lists.return_to_list import back_to_the_list, list_again
from plugins.orders.workflow.order_facts import BY_HAND

list_acts = Blueprint("list_acts", "plugins.orders")


@list_acts.post("/orders/set-status")
@access(needs(OrdersFunction.ORDER_READ, for_staff=True))
def set_status() -> ResponseReturnValue:
    """Set the status chosen in a row of a list by hand (M15).

    Needs ``orders:order:read``; the status asks for the step's own function. One that can't be
    undone is shown first. Refuses what the order's page refuses.
    """
    order_id, version = row_named(request.form.get("set", ""))
    to = request.form.get(f"to.{order_id}", "")
    command = AdvanceOrder(order_id, BY_HAND, to or None, version=version)
    try:
        return change(
            lambda db: _move(db, command),
            lambda refusal: list_again(RefusedRow(order_id, refusal)),
            lambda _: _done(order_id),
            WITH_RIGHTS,
        )
    except Unconfirmed as unconfirmed:
        return confirm_page(unconfirmed, [("action", BY_HAND), ("to", to)])


def _move(db: Session, command: AdvanceOrder) -> None:
    if command.to is None:
        raise Invalid([FieldError("to", "required", text("Choose a status first."))])
    advance_confirmed(db, command, actor=current_actor(), clock=panel().clock)


def _done(order_id: int) -> ResponseReturnValue:
    flash(gettext("The status of order № %(number)s is set.", number=number_of(order_id)), "ok")
    return back_to_the_list()


def row_named(written: str) -> tuple[int, int | None]:
    """``17.3``: the order's id, and the version of it that was looked at; id 0: nobody's."""
    order_id, _, version = written.partition(".")
    return whole_number(order_id) or 0, whole_number(version)
