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
    from invoices.fiscal_devices import FiscalDevice

SANDBOX: Named[Callable[[Config], Gateway]] = Named("plugins.sandbox.gateway:sandbox_of")

DEVICE: Named[Callable[[], FiscalDevice]] = Named("plugins.sandbox.fiscal_device:SandboxDevice")


class SandboxPlugin:
    """Plugin that brings a payment system for trying things out, its page, and a fiscal device."""

    @hookimpl
    def panel_gateways(self, config: Config) -> Sequence[Gateway]:
        return (SANDBOX()(config),) if config.switch("SANDBOX") else ()

    @hookimpl
    def invoices_fiscal_devices(self, config: Config) -> Sequence[FiscalDevice]:
        return (DEVICE()(),) if config.switch("SANDBOX") else ()

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named("plugins.sandbox.sandbox_page:sandbox")


plugin = SandboxPlugin()
