"""Of two who saw the same version of an order the second is told."""

from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import text
from plugins.orders.store.models import Order

STALE = "stale_version"


def check_version(order: Order, seen: int | None) -> None:
    """Raises Conflict ``stale_version`` when the order has changed since version ``seen``."""
    if seen is not None and seen != order.version:
        raise Conflict(
            text("Someone changed the order in the meantime; check it again."),
            code=STALE,
            facts={"order_id": order.id, "version": order.version},
        )
