"""What a request knows, typed."""

from dataclasses import replace
from typing import cast

from flask import current_app, g, request
from flask_babel import get_locale
from flask_login import current_user

from billing_panel.kernel.actor import Actor
from billing_panel.kernel.errors import Unauthenticated
from billing_panel.kernel.text import DEFAULT_LANGUAGE, text
from billing_panel.panel import EXTENSION, Panel

API_PREFIX = "/api/"


def panel() -> Panel:
    return cast("Panel", current_app.extensions[EXTENSION])


def current_actor() -> Actor:
    """Who is signed in. Raises Unauthenticated."""
    actor = signed_in_actor()
    if actor is None:
        raise Unauthenticated(text("Sign in first."))
    return actor


def signed_in_actor() -> Actor | None:
    if g.get("somebody_unknown") or not current_user.is_authenticated:
        return None
    return replace(cast("Actor", current_user.actor), address=request.remote_addr)


def language() -> str:
    """The language of this request."""
    locale = get_locale()
    return str(locale.language) if locale else DEFAULT_LANGUAGE


def is_api() -> bool:
    return request.path.startswith(API_PREFIX)


def request_id() -> str:
    return cast("str", g.get("request_id", ""))
