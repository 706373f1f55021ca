"""Of two who saw the same version of an order the second is told."""

from billing_panel.kernel.language.stale_version import refuse_stale_version
from billing_panel.kernel.language.text import text
from plugins.orders.store.models import Order


def check_version(order: Order, seen: int | None) -> None:
    """Raises Conflict ``stale_version`` when the order has changed since version ``seen``."""
    refuse_stale_version(
        seen,
        order.version,
        text("Someone changed the order in the meantime; check it again."),
        facts={"order_id": order.id, "version": order.version},
    )
