"""Stripe Checkout, as any plugin joins the panel; its keys come from the environment."""

from collections.abc import Sequence

from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.process.config import PREFIX, Config, ConfigError


class StripePlugin:
    """Plugin that brings Stripe Checkout, when there are keys for it."""

    @hookimpl
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:
        key, secret = config.setting("STRIPE_SECRET_KEY"), config.setting("STRIPE_WEBHOOK_SECRET")
        if not key and not secret:
            return ()
        if not key or not secret:
            raise ConfigError(
                f"Stripe needs both {PREFIX}STRIPE_SECRET_KEY and {PREFIX}STRIPE_WEBHOOK_SECRET"
            )
        # the library takes 0.4 s and 29 MB: for nothing, where there are no keys
        from plugins.stripe_checkout.gateway import StripeCheckout  # noqa: PLC0415

        return (StripeCheckout(key, secret, config.setting("STRIPE_ADDRESS")),)


plugin = StripePlugin()
