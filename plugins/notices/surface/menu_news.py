"""What is counted as new to the actor, beside the menu's places: notices, and orders."""

from collections.abc import Iterator

from billing_panel.kernel.extension.menu_counts import Counting
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.notices.store.find_notices import MAX_COUNT, unread
from plugins.notices.surface.unseen_orders import changed_orders, new_orders
from plugins.orders.functions import OrdersFunction


def menu_news(actor: Actor) -> Iterator[Counting]:
    """Notices, and the orders whose list the actor may open."""
    yield Counting("notices.index", unread(actor), MAX_COUNT)
    if not allows(actor, OrdersFunction.HISTORY_READ):
        return
    if actor.client_id is None:
        yield Counting("every_order.index", new_orders(actor), MAX_COUNT)
    else:
        yield Counting("orders.active", changed_orders(actor), MAX_COUNT)
