"""Signing in, as any plugin joins the panel."""

from collections.abc import Sequence

from flask import Blueprint

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.web.requests.unsent import unsent
from billing_panel.web.sign_in.openid import openid
from billing_panel.web.sign_in.sign_in_steps import door


class SignInPlugin:
    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return (door, openid, unsent)


plugin = SignInPlugin()
