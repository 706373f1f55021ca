"""The sandbox, as any plugin joins the panel; switched on by BILLING_PANEL_SANDBOX=1 alone."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.kernel.extension.gateways import Gateway
from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.process.config import Config
from plugins.sandbox.gateway import Sandbox, secret_of
from plugins.sandbox.sandbox_page import sandbox


class SandboxPlugin:
    """Plugin that brings a payment system for trying things out, and its page."""

    @hookimpl
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:
        if not config.switch("SANDBOX"):
            return ()
        return (Sandbox(secret_of(config.secret_key), config.public_url),)

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (sandbox,)


plugin = SandboxPlugin()
