"""A person's own account, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import NavigationEntry, hookimpl
from billing_panel.kernel.process.lazy_imports import Named, named

if TYPE_CHECKING:
    from flask import Blueprint

    from billing_panel.kernel.values.actor import Actor

PLACES: Named[Callable[[Actor], Sequence[NavigationEntry]]] = Named(
    "billing_panel.web.account.client_users_menu:places"
)


class AccountPlugin:
    """Plugin that brings a person's own account, and Users to the menu of clients."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named("billing_panel.web.account.account_pages:account")

    @hookimpl(trylast=True)
    def panel_navigation(self, actor: Actor) -> Sequence[NavigationEntry]:
        """Of a client's own area, below all else."""
        return PLACES()(actor)


plugin = AccountPlugin()
