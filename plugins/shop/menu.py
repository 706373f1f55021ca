"""The shop's places in the menu, and what it adds to the page of an order."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, case, func, select

from billing_panel.accounts.access.clients_may_order import clients_may_order, open_to
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import may_open
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import OrderExtension, PageLink


def places(actor: Actor) -> Iterator[NavigationEntry]:
    """For clients alone, and where a provider of theirs has a shop."""
    if actor.client_id is None or not may_open("cart.own"):
        return
    with panel().database.reading_along() as db:
        found = plain(db, _in_cart(actor)).scalar_one()
    if found is None:
        return
    if may_open("shop.index"):
        yield NavigationEntry(text("Shop"), "shop.index", "box")
    news = f"client:{actor.client_id}"
    yield NavigationEntry(_cart(found), "cart.own", "cart", follows=news)


@kept_by_actor
def _in_cart(actor: Actor) -> Select[int | None]:
    """How much lies in the client's carts; NULL: no provider of theirs has a shop."""
    shops = (
        select(Membership.provider_id)
        .join(Provider, Provider.id == Membership.provider_id)
        .where(Membership.client_id == actor.client_id, open_to(actor))
    )
    positions = (
        select(func.count())
        .select_from(CartLine)
        .where(CartLine.client_id == actor.client_id, CartLine.provider_id.in_(shops))
        .scalar_subquery()
    )
    return select(case((shops.exists(), positions)))


def _cart(positions: int) -> Text:
    return text("Cart (%(number)s)", number=positions) if positions else text("Cart")


def _again(order: Order, actor: Actor) -> Sequence[PageLink]:
    may = actor.client_id is not None and may_open("cart.again")
    if not may or not clients_may_order(order.provider):
        return ()
    return (PageLink(text("Order again"), "cart.again", "refresh", {"order_id": order.id}),)


ORDER_AGAIN = OrderExtension(page_links=_again)
