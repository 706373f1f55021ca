"""Locking an order, or a payment of one, before it is changed.

Before the lock nothing is asked but ids in the actor's scope. All else that the session has read is
forgotten then, so that what is decided on is read after it (``kernel.database.row_locks``).
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import (
    clients_of,
    order_of_payment,
    owed_orders,
)
from plugins.orders.store.locks.lock_sequence import (
    lock_memberships,
    lock_orders,
    lock_pair_of_order,
)
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment
from plugins.orders.store.plain_reading.order_to_change import order_to_change, orders_to_change


def lock_for_change(
    session: Session, actor: Actor, order_id: int, *, tariffs: Sequence[str] = ()
) -> Order:
    """The order in the actor's scope, locked with its pair and its stock, read again.

    Where what comes in covers debts, the orders that are owed are locked with it. ``tariffs``: keys
    of those that may come into the order, whose stock is locked too. Raises FunctionNotHeld,
    NotFound.
    """
    require(actor, OrdersFunction.ORDER_READ)
    client_id, provider_id, covers = lock_pair_of_order(session, actor, order_id)
    owed = owed_orders(session, client_id, provider_id) if covers else ()
    beside = (provider_id, tariffs) if tariffs else None
    lock_orders(session, {order_id, *owed}, beside)
    return order_to_change(session, order_id)


def lock_together(session: Session, order_ids: Sequence[int], provider_id: int) -> Sequence[Order]:
    """Several orders of a provider for the system, locked with their pairs and their stock.

    None that is owed is locked with them: nothing of these comes in on a balance.
    """
    lock_memberships(session, clients_of(session, order_ids), provider_id)
    lock_orders(session, order_ids)
    return orders_to_change(session, order_ids)


def lock_payment(session: Session, actor: Actor, payment_id: int) -> tuple[Order, Payment]:
    """The same by a payment of it. Raises FunctionNotHeld, NotFound."""
    require(actor, OrdersFunction.ORDER_READ)
    order = lock_for_change(session, actor, order_of_payment(session, actor, payment_id))
    return order, session.get_one(Payment, payment_id)
