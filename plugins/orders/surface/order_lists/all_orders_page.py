"""The orders of every client, for staff: of the providers they work for, the newest first."""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import providers
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import all_orders
from plugins.orders.surface.order_lists.order_list import read_list

every_order = Blueprint("every_order", "plugins.orders", template_folder="templates")


@every_order.get("/orders", endpoint="index")
@access(needs(OrdersFunction.HISTORY_READ))
def show_orders() -> ResponseReturnValue:
    """The orders of all clients, a page at a time, narrowed as the address says.

    Needs ``orders:history:read``. A client is led to their own orders.
    """
    actor = current_actor()
    if actor.client_id is not None:
        return redirect(url_for("orders.active"))
    with panel().database.reading() as db:
        listed = read_list(
            db,
            actor,
            providers(db, actor),
            request.args,
            read=partial(all_orders, db, actor),
            address=partial(url_for, "every_order.index"),
        )
        return render_template("orders/all.html", listed=listed)
