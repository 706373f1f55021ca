"""The shop, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.hooks import (
    ClientRecords,
    EventReader,
    NavigationEntry,
    SearchedKind,
    hookimpl,
)
from billing_panel.kernel.process.lazy_imports import Named, named

if TYPE_CHECKING:
    from flask import Blueprint

    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.extension.mail_kinds import MailKind
    from billing_panel.kernel.values.actor import Actor
    from plugins.orders.store.order_extensions import OrderExtension

PLACES: Named[Callable[[Actor], Iterable[NavigationEntry]]] = Named("plugins.shop.menu:places")
REGISTRATION_KINDS: Named[Sequence[MailKind]] = Named(
    "plugins.shop.registration.registration_letters:REGISTRATION_KINDS"
)
ORDER_AGAIN: Named[OrderExtension] = Named("plugins.shop.menu:ORDER_AGAIN")


class ShopPlugin:
    """Plugin that brings registration, the client's shop, cart and checkout."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "plugins.shop.shelf.shop_pages:shop",
            "plugins.shop.registration.registration_pages:registration",
            "plugins.shop.cart.cart_pages:cart",
            "plugins.shop.checkout.checkout_page:checkout",
            "plugins.shop.shelf.shop_window_api:window_api",
            "plugins.shop.cart.cart_approval_api:api.blueprint",
        )

    @hookimpl
    def panel_tables(self) -> Sequence[str]:
        return ("plugins.shop.cart.cart_approval_row", "plugins.shop.registration.registration")

    @hookimpl
    def panel_event_readers(self) -> Sequence[EventReader]:
        return named(
            "plugins.shop.cart.cart_approval_log_and_erasure:CART_EVENTS",
            "plugins.shop.registration.registration_log_and_forgetting:REGISTRATION_EVENTS",
        )

    @hookimpl
    def panel_search(self) -> Sequence[SearchedKind]:
        return named("plugins.shop.shelf.shop_tariff_hits:SHOP_SEARCHED")

    @hookimpl
    def panel_client_records(self) -> Sequence[ClientRecords]:
        return named("plugins.shop.cart.cart_approval_log_and_erasure:CART_RECORDS")

    @hookimpl
    def panel_mail_kinds(self) -> Sequence[MailKind]:
        return REGISTRATION_KINDS()

    @hookimpl
    def panel_jobs(self, gateways: Mapping[str, Gateway]) -> Sequence[PeriodicJob]:  # noqa: ARG002
        return named("plugins.shop.registration.registration_log_and_forgetting:FORGETTING")

    @hookimpl
    def panel_migrations(self) -> Path:
        return Path(__file__).parent / "migrations"

    @hookimpl
    def orders_extension(self) -> OrderExtension:
        return ORDER_AGAIN()

    @hookimpl(tryfirst=True)
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        return tuple(PLACES()(actor))


plugin = ShopPlugin()
