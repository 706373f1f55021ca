"""Who is told at once of the events of orders: everyone who can read of them on a page.

The page of an order needs one function, the lists another; what a list does not show is told to
readers of orders alone.
"""

from collections.abc import Mapping

from billing_panel.kernel.extension.hooks import Sight
from permissions.panel_functions import PanelFunction
from plugins.orders.cart.cart_log import CART_CHANGED
from plugins.orders.exceptions.find_exceptions import HANDS
from plugins.orders.functions import SHAPING, OrdersFunction
from plugins.orders.timeline.event_sentences import DISPUTE_LOST, SENTENCES
from plugins.orders.timeline.order_timeline import FOR_STAFF

READS, LISTS = OrdersFunction.ORDER_READ, OrdersFunction.HISTORY_READ
# what changes the row of an order in a list
LISTED = frozenset(
    {
        "order.placed",
        "order.moved",
        "order.status_given",
        "payment.received",
        "payment.refunded",
    }
)
LOG_ALONE = Sight()
BALANCES = Sight((PanelFunction.BALANCE_READ,), clients=True)
CARTS = Sight((OrdersFunction.CART_READ,), clients=True)
PROMOS = Sight((OrdersFunction.PROMO_CHANGE,))
EXCEPTIONS = Sight(tuple(HANDS))
WORKFLOWS = Sight(tuple(SHAPING))


def _of_order(kind: str) -> Sight:
    return Sight(
        functions=(READS, LISTS) if kind in LISTED else (READS,),
        clients=kind not in FOR_STAFF,
        # to a client it is money that went back
        told_as="payment.refunded" if kind == DISPUTE_LOST else None,
    )


SIGHTS: Mapping[str, Sight] = {
    **{kind: _of_order(kind) for kind in SENTENCES},
    CART_CHANGED: CARTS,
    "promo_code.created": PROMOS,
    "promo_code.changed": PROMOS,
    "exception.proposed": EXCEPTIONS,
    "exception.approved": EXCEPTIONS,
    "exception.refused": EXCEPTIONS,
    "gateway_message.refused": LOG_ALONE,
    "balance.credited": BALANCES,
    "balance.debited": BALANCES,
    "balance.reversed": BALANCES,
    "points.expired": BALANCES,
    "notice.due": LOG_ALONE,
    "order_list.exported": LOG_ALONE,
    "workflow.chosen": WORKFLOWS,
    "workflow.changed": WORKFLOWS,
    "workflow.orders_moved": WORKFLOWS,
}
