"""The orders of every client, for staff: of the providers they work for, the newest first."""

from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.web.shell.access import access, needs
from billing_panel.web.shell.context import current_actor, panel
from invoices.functions import InvoicesFunction
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.price_visibility import priced, sees_prices
from plugins.orders.store.queries import all_orders
from plugins.orders.surface.order_filters import PAGE, among, offered, read_filters

every_order = Blueprint("every_order", "plugins.orders", template_folder="templates")


@every_order.get("/orders", endpoint="index")
@access(needs(OrdersFunction.HISTORY_READ))
def show_orders() -> ResponseReturnValue:
    """A client has their own history, and is led there."""
    actor = current_actor()
    if actor.client_id is not None:
        return redirect(url_for("orders.history", client_id=actor.client_id))
    wanted = read_filters(request.args)
    with panel().database.reading() as db:
        own = providers(db, actor)
        statuses = offered(db, own, wanted)
        filters = among(wanted, statuses)
        rows = all_orders(db, actor, filters.shown())
        return render_template(
            "orders/all.html",
            rows=priced([*rows[:PAGE]], actor),
            prices=sees_prices(actor),
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
            filters=filters,
            address=partial(url_for, "every_order.index"),
            providers=own,
            zone=zone_of(own, filters.provider),
            statuses=statuses,
            may_open=allows(actor, OrdersFunction.ORDER_READ),
            may_print=allows(actor, InvoicesFunction.INVOICE_PRINT),
        )
