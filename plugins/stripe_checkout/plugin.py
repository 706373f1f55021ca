"""Stripe Checkout, as any plugin joins the panel; its keys come from the environment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.language.errors import ConfigError
from billing_panel.kernel.process.lazy_imports import Named

if TYPE_CHECKING:
    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.process.config import Config

# the library takes 0.4 s and 29 MB: for nothing, where there are no keys
STRIPE: Named[Callable[[str, str, str], Gateway]] = Named(
    "plugins.stripe_checkout.gateway:StripeCheckout"
)


class StripePlugin:
    """Plugin that brings Stripe Checkout, when there are keys for it."""

    @hookimpl
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:
        key, secret = config.setting("STRIPE_SECRET_KEY"), config.setting("STRIPE_WEBHOOK_SECRET")
        if not key and not secret:
            return ()
        if not key or not secret:
            raise ConfigError(
                "Stripe needs both BILLING_PANEL_STRIPE_SECRET_KEY"
                " and BILLING_PANEL_STRIPE_WEBHOOK_SECRET"
            )
        return (STRIPE()(key, secret, config.setting("STRIPE_ADDRESS")),)


plugin = StripePlugin()
