"""The sandbox, as any plugin joins the panel; switched on by BILLING_PANEL_SANDBOX=1 alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.process.lazy_imports import Named, named

if TYPE_CHECKING:
    from flask import Blueprint

    from billing_panel.kernel.extension.gateways import Gateway
    from billing_panel.kernel.process.config import Config

SANDBOX: Named[Callable[[Config], Gateway]] = Named("plugins.sandbox.gateway:sandbox_of")


class SandboxPlugin:
    """Plugin that brings a payment system for trying things out, and its page."""

    @hookimpl
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:
        return (SANDBOX()(config),) if config.switch("SANDBOX") else ()

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named("plugins.sandbox.sandbox_page:sandbox")


plugin = SandboxPlugin()
