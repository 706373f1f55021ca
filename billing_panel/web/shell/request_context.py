"""Typed access to what a request knows."""

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
class Impersonation:
    """Somebody sees the panel with the rights of ``actor``; ``whose`` they are."""

    actor: Actor
    whose: Titles | str


def panel() -> Panel:
    """The running panel; for who only looks, its database takes nothing new.

    Nor for a form that is only shown again (``late_form_pages``).
    """
    running = cast("Panel", current_app.extensions[EXTENSION])
    if g.get("only_shown"):
        refusal = Refused(LOOKED_AT, code=UNSENT)
        return replace(running, database=running.database.read_only(refusal))
    seen_as = current_impersonation()
    if seen_as is None:
        return running
    looking = Forbidden(
        text(
            "You are viewing with the rights of %(whose)s, so nothing can be"
            " changed. Return to your own rights first.",
            whose=seen_as.whose,
        ),
        code="only_looking",
    )
    return replace(running, database=running.database.read_only(looking))


def current_impersonation() -> Impersonation | None:
    """Look up as whom the request sees the panel. None: as whoever is signed in."""
    return cast("Impersonation | None", g.get("seen_as"))


def current_actor() -> Actor:
    """Who is signed in. Raises Unauthenticated."""
    actor = signed_in_actor()
    if actor is None:
        raise Unauthenticated(text("Sign in first."))
    return actor


def signed_in_actor() -> Actor | None:
    """Look up who is signed in, with the rights that are on. None: nobody known."""
    # asked for dozens of times in a page: the proxies are looked through once
    known = g._get_current_object()  # noqa: SLF001 (of a proxy)
    own = None if known.get("somebody_unknown") else getattr(current_user, "actor", None)
    if own is None:
        return None
    seen_as = cast("Impersonation | None", known.get("seen_as"))
    actor = seen_as.actor if seen_as else cast("Actor", own)
    before = known.get("known_actor")
    if before is None or before[0] is not actor:
        before = known.known_actor = (actor, replace(actor, address=request.remote_addr))
    return cast("Actor", before[1])


def language() -> str:
    """The language of this request."""
    # asked for with every word of a page
    known = g.get("language")
    if known is None:
        locale = get_locale()
        known = g.language = str(locale.language) if locale else DEFAULT_LANGUAGE
    return cast("str", known)


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
