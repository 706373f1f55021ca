"""Ordering again: what an order had goes into the cart, as far as it can still be had (D2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.catalog.rules.line_sums import line_sums
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.checkout.change_cart import WantedBefore, add_again
from plugins.orders.checkout.checkout_context import as_wanted
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.find_orders import find_order
from plugins.orders.store.models import OrderLine
from plugins.shop.shop_access import own_shop


@dataclass(frozen=True)
class Again:
    """``left_out``: what can't be put into a cart any more, by title."""

    added: int
    left_out: Sequence[Titles]


def order_again(session: Session, order_id: int, *, actor: Actor, clock: Clock) -> Again:
    """Positions remember what they cost in the order, so that the cart says what has changed.

    Raises FunctionNotHeld, NotFound for staff and where the shop is closed, Refused ``cart_full``.
    """
    require(actor, OrdersFunction.CART_CHANGE)
    order = find_order(session, actor, order_id)
    client, provider = own_shop(session, actor, order.provider.key)
    wanted = [WantedBefore(as_wanted(line), _price_of_one(line)) for line in order.lines]
    titles = [line.title for line in order.lines]
    added = add_again(session, client.id, provider.key, wanted, actor=actor, clock=clock)
    left_out = [title for title, done in zip(titles, added, strict=True) if not done]
    return Again(sum(added), left_out)


def _price_of_one(line: OrderLine) -> int:
    if line.tender is Tender.POINTS:
        return line.points // line.quantity
    sums = line_sums(
        line.unit_price,
        line.setup_fee,
        1,
        line.discount_percent,
        listed_percent=line.listed_percent,
    )
    return sums.amount
