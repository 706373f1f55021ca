"""The live feed's address: a stream of what is new, or what is new since a cursor, as JSON.

A listener's rights are checked here, once, in a thread as for any page; then the connection goes to
the server's loop, and no thread or database session is kept for it. Neither listening nor polling
counts as using a session: a page left open doesn't keep anyone signed in.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.language.errors import Busy, TooManyAtOnce, Unauthenticated
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.secret_fingerprints import fingerprint
from billing_panel.live.feed_cursor import Cursor, read_cursor
from billing_panel.live.feed_items import as_json
from billing_panel.live.listener_rights import rights_of_all
from billing_panel.live.listeners import GO_ON, Listener, Person
from billing_panel.web.shell.request_context import (
    FEED,
    current_actor,
    current_impersonation,
    is_api,
    panel,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import ATTRIBUTE, PUBLIC, SIGNED_IN, access
from billing_panel.web.sign_in.session_cookie import own_secret, signed_in_user_id

live = Blueprint("live", __name__)
# How often someone who uses the rights of others is checked again: at each new connection.
IMPERSONATION_LASTS = timedelta(seconds=10)
# when all places are taken
COME_AGAIN = 30


@live.before_app_request
def note_cursor() -> None:
    """Note the cursor before a page reads: what comes later it has either read or is sent."""
    if request.endpoint is None or request.endpoint == FEED or is_api():
        return
    declared = getattr(current_app.view_functions[request.endpoint], ATTRIBUTE, PUBLIC)
    if (declared.signed_in or declared.follows) and signed_in_actor() is not None:
        g.live_cursor = panel().feed.cursor()


@live.app_context_processor
def address() -> dict[str, object]:
    """``live``: the address of the feed from the page's cursor; None: nobody is signed in."""
    cursor = None if "somebody_unknown" in g else g.get("live_cursor")
    from_there: dict[str, Any] = {"from": str(cursor)}
    return {"live": url_for(FEED, **from_there) if cursor is not None else None}


@live.get("/live")
@access(SIGNED_IN)
def feed() -> ResponseReturnValue:
    """Events as they happen; with ``after``, those since then, at once."""
    if "after" in request.args:
        return _since(read_cursor(request.args["after"]))
    go_on = cast("Callable[[Listener], None] | None", request.environ.get(GO_ON))
    if go_on is None:
        return _no_place()
    begun = request.headers.get("Last-Event-ID") or request.args.get("from")
    cursor = read_cursor(begun) if begun else panel().feed.cursor()
    answer = Response(mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
    # it is as long as the connection lasts
    answer.automatically_set_content_length = False
    if request.method == "GET":
        try:
            listener = panel().feed.admit(_person(), cursor)
        except (Busy, TooManyAtOnce):
            return _no_place()
        go_on(listener)
    return answer


def _since(cursor: Cursor) -> ResponseReturnValue:
    caught = panel().feed.catch_up(
        current_actor(), cursor, in_person=current_impersonation() is None
    )
    items = [as_json(item) for item in caught.items]
    return {"items": items, "cursor": str(caught.cursor), "more": caught.more}


def _no_place() -> ResponseReturnValue:
    """Answer that all places are taken: the browser polls instead."""
    g.retry_after = COME_AGAIN
    return {"live": False}, 503


def _person() -> Person:
    """Their rights and what these are made of, read in one snapshot. Raises Unauthenticated."""
    running, seen_as, user_id = panel(), current_impersonation(), signed_in_user_id()
    with running.database.snapshot() as db:
        user = db.get(User, user_id)
        actor = actor_of(db, user, running.known) if user is not None else None
        rights = rights_of_all(db, [user_id]).get(user_id, frozenset())
    if actor is None:
        raise Unauthenticated(text("Sign in first."))
    return Person(
        actor=replace(seen_as.actor, address=None) if seen_as else actor,
        user_id=user_id,
        session=fingerprint(own_secret()),
        rights=rights,
        until=running.clock.now() + IMPERSONATION_LASTS if seen_as else None,
    )
