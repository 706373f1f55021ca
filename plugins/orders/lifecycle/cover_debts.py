"""Money added to a balance pays the oldest debts first, where the provider says so."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind, Provider
from billing_panel.kernel.values.actor import Actor
from billing_panel.ledger.client_standing import standing
from plugins.orders.lifecycle.retaxing.follow_tax_rates import follow_known_rates, retax_known
from plugins.orders.lifecycle.take_step import go_on_paid
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger.order_ledger import PaymentToTake, pay
from plugins.orders.settlement.ledger.refund_ledger import put_on_balance
from plugins.orders.settlement.most_payment_parts import takes_a_part
from plugins.orders.store.find_orders import owed_orders
from plugins.orders.store.locks.lock_sequence import lock_orders
from plugins.orders.store.models import Order


def lock_owed(
    session: Session, client_id: int, provider: Provider, *, actor: Actor, at: datetime
) -> Sequence[int]:
    """Orders of the pair that are owed, oldest first, locked; none where nothing is covered.

    The pair is locked. They have the rates of ``at`` and their bills, before money is posted.
    """
    if not provider.credit_covers_debt:
        return ()
    owed = owed_orders(session, client_id, provider.id)
    lock_orders(session, owed)
    found = select(Order).where(Order.id.in_(owed)).order_by(Order.id)
    orders = session.scalars(found.execution_options(populate_existing=True)).all()
    retax_known(session, orders, actor=actor, at=at)
    return owed


def cover_debts(session: Session, owed: Sequence[int], *, actor: Actor, at: datetime) -> None:
    """Pay the orders ``owed``, which are locked, from the balance as far as it goes.

    One that is paid in as many parts as it may be waits until the balance covers all of it.
    """
    found = select(Order).where(Order.id.in_(owed), Order.owed > 0).order_by(Order.id)
    for order in session.scalars(found.execution_options(populate_existing=True)).all():
        follow_known_rates(session, order, actor=actor, at=at)
        held = standing(session, order.client_id, order.provider_id).balance
        amount = min(order.owed, held)
        if amount <= 0:
            return
        if amount < order.needed and not takes_a_part(session, order):
            continue
        wanted = PaymentToTake(MethodKind.BALANCE, order.money(amount))
        with following_books(session, order, actor=actor, at=at):
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
