"""A client's order history (H6)."""

from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.facts import sees
from billing_panel.accounts.access.scope import find_client, seen_memberships, zone_of
from billing_panel.accounts.access.terms import all_terms_seen
from billing_panel.kernel.language.guarded import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.queries import seen_standing
from billing_panel.web.shell.access import access, needs
from billing_panel.web.shell.context import current_actor, panel
from invoices.functions import InvoicesFunction
from permissions.functions import PanelFunction
from permissions.guard import allows
from plugins.orders.balance.balance_form import FUNCTIONS
from plugins.orders.exceptions.exceptions import HANDS
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.price_visibility import priced, sees_prices
from plugins.orders.store.queries import cart_of, history, stage_counts
from plugins.orders.surface.order_filters import PAGE, among, offered, read_filters

orders = Blueprint("orders", "plugins.orders", template_folder="templates")


@orders.get("/clients/<bigid:client_id>/orders", endpoint="history")
@access(needs(OrdersFunction.HISTORY_READ))
def show_history(client_id: int) -> ResponseReturnValue:
    actor = current_actor()
    wanted = read_filters(request.args)
    with panel().database.reading() as db:
        client = find_client(db, actor, client_id=client_id)
        memberships = seen_memberships(actor, client)
        own = [membership.provider for membership in memberships]
        statuses = offered(db, own, wanted)
        filters = among(wanted, statuses)
        rows = history(db, actor, client, filters.shown())
        return render_template(
            "orders/history.html",
            client=client,
            terms=all_terms_seen(memberships, actor),
            standings=[seen_standing(db, actor, client.id, m.provider_id) for m in memberships],
            rows=priced([*rows[:PAGE]], actor),
            prices=sees_prices(actor),
            counts=stage_counts(db, actor, client, filters.provider or None),
            next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
            filters=filters,
            address=partial(url_for, "orders.history", client_id=client.id),
            providers=own,
            zone=zone_of(own, filters.provider),
            statuses=statuses,
            in_cart=len(cart_of(db, actor, client))
            if allows(actor, OrdersFunction.CART_READ)
            else 0,
            may_order=_may_order(actor),
            staff=actor.client_id is None,
            contacts=sees(actor, Fact.CONTACTS),
            may_see_exceptions=actor.client_id is None
            and allows(actor, *HANDS)
            and any(m.provider.exceptions_allowed for m in memberships),
            changes=[
                name
                for name, needed in FUNCTIONS.items()
                if actor.client_id is None and allows(actor, needed)
            ],
            may_see_profile=_may_see_profile(actor),
            may_open=allows(actor, OrdersFunction.ORDER_READ),
            may_print=allows(actor, InvoicesFunction.INVOICE_PRINT),
        )


def _may_order(actor: Actor) -> bool:
    """The client's own shop is another page."""
    return actor.client_id is None and allows(
        actor, OrdersFunction.ORDER_CREATE, OrdersFunction.CART_CHECKOUT
    )


def _may_see_profile(actor: Actor) -> bool:
    return actor.client_id is None and allows(actor, PanelFunction.CLIENT_READ)
