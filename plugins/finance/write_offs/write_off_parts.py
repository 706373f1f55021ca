"""What the page of an order says of writing its debt off."""

from collections.abc import Sequence

from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.finance.functions import WRITING_OFF
from plugins.finance.write_offs.write_off_rules import OVER
from plugins.orders.store.models import Order
from plugins.orders.store.visibility.price_visibility import sees_prices


def write_off_parts(order: Order, actor: Actor) -> Sequence[PagePart]:
    """To staff who have a hand in write-offs, of an order that is over."""
    if actor.client_id is not None or not allows(actor, *WRITING_OFF):
        return ()
    if not order.written_off and not (order.owed and order.stage in OVER):
        return ()
    sums = sees_prices(actor)
    values = {
        "order_id": order.id,
        "owed": order.money(order.owed) if sums else None,
        "written_off": order.money(order.written_off) if sums else None,
    }
    return (PagePart("finance/write_off_card.html", values, place="client"),)
