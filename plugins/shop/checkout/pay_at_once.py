"""Paying an order from the client's balance as it is placed, where that was chosen."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.database.rows_written_at_commit import savepoint
from billing_panel.kernel.language.errors import DomainError
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.payments.pay_order import PayOrder, pay_order
from plugins.orders.settlement.ledger.order_postings import HELD_IN
from plugins.orders.store.models import Order


def pay_at_once(
    session: Session, orders: Sequence[Order], *, actor: Actor, clock: Clock
) -> Sequence[Order]:
    """Those of ``orders`` that were paid; each wholly or not at all.

    One that can't be paid yet, or for which there is too little, is paid later on its page.
    """
    if not allows(actor, OrdersFunction.ORDER_PAY):
        return ()
    return [order for order in orders if _is_paid_now(session, order, actor=actor, clock=clock)]


def _is_paid_now(session: Session, order: Order, *, actor: Actor, clock: Clock) -> bool:
    method = order.payment_method
    if method is None or method.kind not in HELD_IN or order.is_paid:
        return False
    try:
        with savepoint(session):
            pay_order(session, PayOrder(order.id, method.key), actor=actor, clock=clock)
    except DomainError:
        session.refresh(order)
        return False
    return True
