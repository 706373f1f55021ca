"""The first pages, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import SetupStep, hookimpl
from billing_panel.kernel.process.lazy_imports import Named, named
from billing_panel.web.home.home_hooks import HOME, HomeHooks

if TYPE_CHECKING:
    import pluggy
    from flask import Blueprint
    from sqlalchemy.orm import Session

    from billing_panel.kernel.values.actor import Actor

SETUP_STEPS: Named[Callable[[Session, Actor], Sequence[SetupStep]]] = Named(
    "billing_panel.web.home.setup_steps:setup_steps"
)


class HomePlugin:
    """Plugin that brings the first pages, and the panel's own steps to the first order."""

    hooks = HomeHooks

    @hookimpl
    def panel_session_info(self, manager: pluggy.PluginManager) -> Mapping[str, object]:
        return {HOME: manager.hook.panel_home_parts}

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "billing_panel.web.home.basic_routes:web", "billing_panel.web.home.live_feed_route:live"
        )

    @hookimpl(tryfirst=True)
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:
        return SETUP_STEPS()(session, actor)


plugin = HomePlugin()
