"""Signing in, as any plugin joins the panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from billing_panel.kernel.extension.hooks import hookimpl
from billing_panel.kernel.process.lazy_imports import named

if TYPE_CHECKING:
    from flask import Blueprint


class SignInPlugin:
    """Plugin that brings signing in, by password or outside, and forms kept meanwhile."""

    @hookimpl
    def panel_blueprints(self) -> Sequence[Blueprint]:
        return named(
            "billing_panel.web.sign_in.password_sign_in_pages:by_password",
            "billing_panel.web.sign_in.second_factor_pages:second_factor",
            "billing_panel.web.sign_in.openid_pages:openid",
            "billing_panel.web.requests.late_form_pages:unsent",
        )


plugin = SignInPlugin()
