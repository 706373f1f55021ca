"""The first pages, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import SetupStep, hookimpl
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.home.first_pages import web
from billing_panel.web.home.live_feed import live
from billing_panel.web.home.setup_steps import setup_steps


class HomePlugin:
    """Plugin that brings the first pages, and the panel's own steps to the first order."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return web, live

    @hookimpl(tryfirst=True)
    def panel_setup_steps(self, session: Session, actor: Actor) -> Sequence[SetupStep]:
        return setup_steps(session, actor)


plugin = HomePlugin()
