"""What a request knows, typed."""

from dataclasses import dataclass, replace
from typing import cast

from flask import current_app, g, request
from flask_babel import get_locale
from flask_login import current_user

from billing_panel.core.panel import EXTENSION, Panel
from billing_panel.kernel.language.errors import Forbidden, Refused, Unauthenticated
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, Titles, text
from billing_panel.kernel.values.actor import Actor

API_PREFIX = "/api/"
# what scripts of our pages ask for by themselves, while nobody does anything
FEED = "live.feed"
UNSENT = "unsent"
LOOKED_AT = text("Nothing has been done yet: check it, then press again.")


@dataclass(frozen=True)
class Walk:
    """Somebody sees the panel with the rights of ``actor``; ``whose`` they are."""

    actor: Actor
    whose: Titles | str


def panel() -> Panel:
    """The running panel; for who only looks, its database takes nothing new.

    Nor for a form that is only shown again (``unsent_form_pages``).
    """
    running = cast("Panel", current_app.extensions[EXTENSION])
    if g.get("only_shown"):
        refusal = Refused(LOOKED_AT, code=UNSENT)
        return replace(running, database=running.database.read_only(refusal))
    walk = current_walk()
    if walk is None:
        return running
    looking = Forbidden(
        text(
            "You are viewing with the rights of %(whose)s, so nothing can be"
            " changed. Return to your own rights first.",
            whose=walk.whose,
        ),
        code="only_looking",
    )
    return replace(running, database=running.database.read_only(looking))


def current_walk() -> Walk | None:
    """Look up as whom the request sees the panel. None: as whoever is signed in."""
    return cast("Walk | None", g.get("walk"))


def current_actor() -> Actor:
    """Who is signed in. Raises Unauthenticated."""
    actor = signed_in_actor()
    if actor is None:
        raise Unauthenticated(text("Sign in first."))
    return actor


def signed_in_actor() -> Actor | None:
    """Look up who is signed in, with the rights that are on. None: nobody known."""
    if g.get("somebody_unknown") or not current_user.is_authenticated:
        return None
    walk = current_walk()
    actor = walk.actor if walk else cast("Actor", current_user.actor)
    return replace(actor, address=request.remote_addr)


def language() -> str:
    """The language of this request."""
    locale = get_locale()
    return str(locale.language) if locale else DEFAULT_LANGUAGE


def is_api() -> bool:
    """Tell whether the request is one to the API."""
    return request.path.startswith(API_PREFIX)


def reads_problems() -> bool:
    """Tell whether a program reads the answer: no page, but a problem that says what is wrong."""
    return is_api() or request.endpoint == FEED


def is_for_parts() -> bool:
    """Tell whether a page asks for itself, to put in place what changed."""
    return request.headers.get("X-Fragment") == "parts"


def is_by_itself() -> bool:
    """Tell whether a page asks without anybody doing something there."""
    return request.endpoint == FEED or is_for_parts()


def request_id() -> str:
    """Look up what the request is called in the log; empty: it has no id yet."""
    return cast("str", g.get("request_id", ""))
