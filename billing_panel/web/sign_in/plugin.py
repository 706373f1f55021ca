"""Signing in, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.web.requests.unsent_form_pages import unsent
from billing_panel.web.sign_in.after_password import door
from billing_panel.web.sign_in.openid_pages import openid


class SignInPlugin:
    """Plugin that brings signing in, by password or outside, and forms kept meanwhile."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (door, openid, unsent)


plugin = SignInPlugin()
