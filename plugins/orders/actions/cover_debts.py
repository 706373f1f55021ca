"""What comes in on a balance pays the oldest debts first, where the provider says so."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import MethodKind, Provider
from billing_panel.kernel.actor import Actor
from billing_panel.ledger.queries import standing
from plugins.orders.locks import lock_order
from plugins.orders.models import Order
from plugins.orders.money import Paying, pay
from plugins.orders.moves import go_on_paid


def lock_owed(session: Session, client_id: int, provider: Provider) -> Sequence[Order]:
    """Orders of the pair that are owed, oldest first, locked; none where nothing is covered.

    The pair is locked.
    """
    if not provider.credit_covers_debt:
        return []
    of_pair = Order.client_id == client_id, Order.provider_id == provider.id
    owed = select(Order.id).where(*of_pair, Order.owed > 0).order_by(Order.id)
    for order_id in session.scalars(owed).all():
        lock_order(session, order_id)
    return session.scalars(
        select(Order)
        .where(*of_pair, Order.owed > 0)
        .order_by(Order.id)
        .execution_options(populate_existing=True)
    ).all()


def cover_debts(session: Session, owed: Sequence[Order], *, actor: Actor, at: datetime) -> None:
    """Pay ``owed`` from the balance as far as it goes."""
    for order in owed:
        held = standing(session, order.client_id, order.provider_id).balance
        amount = min(order.owed, held)
        if amount <= 0:
            return
        pay(session, order, Paying(MethodKind.BALANCE, amount), actor=actor, at=at)
        if (order.left, order.left_points) == (0, 0):
            go_on_paid(session, order, actor=actor, at=at)
