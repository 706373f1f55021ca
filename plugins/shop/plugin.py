"""The shop, as any plugin joins the panel."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from flask import Blueprint
from sqlalchemy import func, select

from billing_panel.accounts.access.self_ordering import clients_may_order
from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    NavigationEntry,
    SearchedKind,
    hookimpl,
)
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import may_open
from plugins.orders.store.models import CartLine, Order
from plugins.orders.store.order_extension import OrderExtension, PageLink
from plugins.shop.cart.cart_pages import cart
from plugins.shop.cart.cart_records import CART_EVENTS, CART_RECORDS
from plugins.shop.cart.cart_request_api import api as cart_request_api
from plugins.shop.checkout.checkout_page import checkout
from plugins.shop.open_shops import own_shops
from plugins.shop.shelf.shop_pages import shop
from plugins.shop.shelf.tariff_hits import SHOP_SEARCHED
from plugins.shop.shelf.window_api import window_api


def _places(actor: Actor) -> Iterator[NavigationEntry]:
    """For clients alone, and where a provider of theirs has a shop."""
    if actor.client_id is None or not may_open("cart.own"):
        return
    with panel().database.reading() as db:
        _, shops = own_shops(db, actor)
        ids = [provider.id for provider in shops]
        own = select(func.count()).select_from(CartLine).filter_by(client_id=actor.client_id)
        positions = db.scalar(own.where(CartLine.provider_id.in_(ids))) or 0
    if not ids:
        return
    if may_open("shop.index"):
        yield NavigationEntry(text("Shop"), "shop.index", "box")
    news = f"client:{actor.client_id}"
    yield NavigationEntry(_cart(positions), "cart.own", "cart", follows=news)


def _cart(positions: int) -> Text:
    return text("Cart (%(number)s)", number=positions) if positions else text("Cart")


def _again(order: Order, actor: Actor) -> Sequence[PageLink]:
    may = actor.client_id is not None and may_open("cart.again")
    if not may or not clients_may_order(order.provider):
        return ()
    return (PageLink(text("Order again"), "cart.again", "refresh", {"order_id": order.id}),)


class ShopPlugin:
    """Plugin that brings the client's shop, cart and checkout."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (shop, cart, checkout, window_api, cart_request_api.blueprint)

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return (CART_EVENTS,)

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return (SHOP_SEARCHED,)

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return (CART_RECORDS,)

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"

    @hookimpl
    def orders_extension(self) -> OrderExtension:
        return OrderExtension(page_links=_again)

    @hookimpl(tryfirst=True)
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return tuple(_places(actor))


plugin = ShopPlugin()
