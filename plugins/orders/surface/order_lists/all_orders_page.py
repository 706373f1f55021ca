"""The orders of every client, for staff: of the providers they work for, the newest first."""

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, language, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.around_list import around_all_orders
from plugins.orders.listing.status_counts import said_count
from plugins.orders.surface.order_lists.list_tools import acts, narrowing, stage_tabs
from plugins.orders.surface.order_lists.order_list import (
    ListedFor,
    RefusedRow,
    column_titles,
    read_list,
)
from plugins.orders.surface.order_lists.read_order_filter import asks_more

every_order = Blueprint("every_order", "plugins.orders", template_folder="templates")


@every_order.get("/orders", endpoint="index")
@access(needs(OrdersFunction.HISTORY_READ))
def show_orders() -> ResponseReturnValue:
    """The orders of all clients, a page at a time, narrowed as the address says.

    Needs ``orders:history:read``. Refuses filters that nobody knows. A client is led to their own
    orders.
    """
    if current_actor().client_id is not None:
        return redirect(url_for("orders.active"))
    return show_all(request.args)


def show_all(wanted: Mapping[str, str], refused: RefusedRow | None = None) -> ResponseReturnValue:
    """The page, with the status of what was refused in one of its rows."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        around = around_all_orders(db, actor, further=asks_more(wanted))
        of = ListedFor(
            actor=actor,
            language=language(),
            now=running.clock.now(),
            offered=around.offered,
            settings=around.settings,
            departments=around.departments,
            address=partial(url_for, "every_order.index"),
            set_at=url_for("list_acts.set_status"),
        )
        listed = read_list(db, wanted, of)
        drawn = render_template(
            "orders/all.html",
            listed=listed,
            tabs=stage_tabs(listed, listed.counts, partial(said_count, language=language())),
            tools=narrowing(
                listed,
                gettext("Search orders"),
                gettext("Number, client, product or document"),
                staff=True,
                of_all=True,
            ),
            acts=acts(listed),
            columns=column_titles(),
            refused=refused,
        )
    return drawn, refused.refusal.status if refused else listed.status
