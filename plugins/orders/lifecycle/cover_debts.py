"""What comes in on a balance pays the oldest debts first, where the provider says so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import MethodKind, Provider
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import standing
from plugins.orders.lifecycle.transitions import go_on_paid
from plugins.orders.settlement.ledger.order_ledger import PaymentToTake, pay
from plugins.orders.settlement.ledger.refund_ledger import put_on_balance
from plugins.orders.settlement.part_limits import takes_a_part
from plugins.orders.store.find_orders import owed_orders
from plugins.orders.store.lock_sequence import lock_orders
from plugins.orders.store.models import Order


def lock_owed(session: Session, client_id: int, provider: Provider) -> Sequence[int]:
    """Orders of the pair that are owed, oldest first, locked; none where nothing is covered.

    The pair is locked.
    """
    if not provider.credit_covers_debt:
        return ()
    owed = owed_orders(session, client_id, provider.id)
    lock_orders(session, owed)
    return owed


def cover_debts(session: Session, owed: Sequence[int], *, actor: Actor, at: datetime) -> None:
    """Pay the orders ``owed``, which are locked, from the balance as far as it goes.

    One that is paid in as many parts as it may be waits until the balance covers all of it.
    """
    found = select(Order).where(Order.id.in_(owed), Order.owed > 0).order_by(Order.id)
    for order in session.scalars(found.execution_options(populate_existing=True)).all():
        held = standing(session, order.client_id, order.provider_id).balance
        amount = min(order.owed, held)
        if amount <= 0:
            return
        if amount < order.needed and not takes_a_part(session, order):
            continue
        wanted = PaymentToTake(MethodKind.BALANCE, order.money(amount))
        pay(session, order, wanted, actor=actor, at=at)
        if order.is_paid:
            go_on_paid(session, order, actor=actor, at=at)


@contextmanager
def covering(session: Session, order: Order, *, actor: Actor, at: datetime) -> Iterator[None]:
    """What ``order`` puts on the balance meanwhile covers debts for others, locked with it.

    What was given back of an order does not pay that order again.
    """
    if not order.provider.credit_covers_debt:
        yield
        return
    before = put_on_balance(order)
    yield
    if (put_on_balance(order) - before).minor > 0:
        owed = owed_orders(session, order.client_id, order.provider_id)
        others = [order_id for order_id in owed if order_id != order.id]
        cover_debts(session, others, actor=actor, at=at)
