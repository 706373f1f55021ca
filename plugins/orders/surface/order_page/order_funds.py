"""The money on the page of an order: the client's standing, what was paid and refunded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import Person, people
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.money import POINTS, Money
from permissions.guard import allows
from permissions.panel_functions import PanelFunction
from plugins.orders.balance.balance_summary import AccountShown, account_shown
from plugins.orders.settlement.ledger.order_postings import HELD_IN
from plugins.orders.store.find_orders import LiveOrder, live_orders
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment, PaymentState
from plugins.orders.store.visibility.price_visibility import priced, sees_prices

# active orders named one by one; the rest stand in the history
ACTIVE = 12
# payments shown at once; the rest stand on pages of their own
PAYMENTS = 20


@dataclass(frozen=True)
class Funds:
    """``account`` None: not for this person. ``missing``: what balance and points lack of it.

    ``payments``: those received, oldest first, a page of them; ``earlier``: the id of its first,
    where others come before. ``refundable``: the newest of which something can be given back.
    """

    account: AccountShown | None
    missing: Sequence[Money]
    active: Sequence[LiveOrder]
    payments: Sequence[Payment]
    earlier: int | None
    refundable: Sequence[Payment]
    people: Mapping[int, Person]


def funds_of(session: Session, actor: Actor, order: Order, before: int | None = None) -> Funds:
    """``before``: the id of a payment; the page of payments ends where it stands."""
    account = _account(session, actor, order)
    received = [payment for payment in order.payments if payment.state is PaymentState.RECEIVED]
    until = [payment for payment in received if before is None or payment.id < before]
    payments = until[-PAYMENTS:]
    refundable = [payment for payment in received if payment.refundable][-PAYMENTS:]
    by = [payment.user_id for payment in payments]
    by += [refund.user_id for payment in payments for refund in payment.refunds]
    return Funds(
        account=account,
        missing=_missing(order, account, actor) if account and sees_prices(actor) else (),
        active=live_orders(session, actor, order.client_id, ACTIVE),
        payments=priced(payments, actor),
        earlier=payments[0].id if len(until) > PAYMENTS else None,
        refundable=priced(refundable, actor),
        people=people(session, by, actor),
    )


def _account(session: Session, actor: Actor, order: Order) -> AccountShown | None:
    """For whoever sees balances, or changes them without seeing them."""
    functions = (
        PanelFunction.BALANCE_READ,
        PanelFunction.BALANCE_CREDIT,
        PanelFunction.BALANCE_DEBIT,
    )
    membership = session.get(Membership, (order.client_id, order.provider_id))
    if membership is None or not allows(actor, *functions):
        return None
    return account_shown(session, actor, membership)


def _missing(order: Order, account: AccountShown, actor: Actor) -> Sequence[Money]:
    """Of an order that balance or points are to pay; a client pays out of these alone."""
    method, stands = order.payment_method, account.stands
    if stands is None or method is None:
        return ()
    if actor.client_id is None and method.kind not in HELD_IN:
        return ()
    reaches = stands.can_pay(min(order.owed, order.needed))
    lacking = (
        Money(order.needed - reaches if order.needed else 0, order.currency),
        Money(order.needed_points - stands.points if order.needed_points else 0, POINTS),
    )
    return [amount for amount in lacking if amount.minor > 0]
