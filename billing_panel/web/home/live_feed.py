"""The live feed's address: a stream of what is new, or what is new since a cursor, as JSON.

Whoever listens is judged here, once, in a thread as for any page; then the connection is handed
over to the loop of the server, and no thread and no session is kept for it. Neither listening nor
asking counts as using a session: a page that is only left open does not keep anybody signed in.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.actors import actor_of
from billing_panel.accounts.people.users import User
from billing_panel.kernel.language.errors import Busy, TooManyAtOnce, Unauthenticated
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.ids import fingerprint
from billing_panel.live.items import as_json
from billing_panel.live.listeners import GO_ON, Listener, Person
from billing_panel.live.place import Cursor, read_cursor
from billing_panel.live.standing import rights_of_all
from billing_panel.web.shell.request_context import (
    FEED,
    current_actor,
    current_walk,
    is_api,
    panel,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import ATTRIBUTE, PUBLIC, SIGNED_IN, access
from billing_panel.web.sign_in.session_cookie import own_secret, signed_in_user_id

live = Blueprint("live", __name__)
# Whoever sees with the rights of others is judged anew so often, at the next connection.
WALK_LASTS = timedelta(seconds=10)
# when all places are taken
COME_AGAIN = 30


@live.before_app_request
def note_cursor() -> None:
    """Before a page reads anything: what happens from now on it may have read, or is sent."""
    if request.endpoint is None or request.endpoint == FEED or is_api():
        return
    declared = getattr(current_app.view_functions[request.endpoint], ATTRIBUTE, PUBLIC)
    if (declared.signed_in or declared.follows) and signed_in_actor() is not None:
        g.live_cursor = panel().feed.cursor()


@live.app_context_processor
def address() -> dict[str, object]:
    """``live``: where the page goes on; None: nobody is signed in."""
    cursor = None if "somebody_unknown" in g else g.get("live_cursor")
    from_there: dict[str, Any] = {"from": str(cursor)}
    return {"live": url_for(FEED, **from_there) if cursor is not None else None}


@live.get("/live")
@access(SIGNED_IN)
def feed() -> ResponseReturnValue:
    """What is new, as it happens; with ``after``, what came since, at once."""
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
    caught = panel().feed.catch_up(current_actor(), cursor, in_person=current_walk() is None)
    items = [as_json(item) for item in caught.items]
    return {"items": items, "cursor": str(caught.cursor), "more": caught.more}


def _no_place() -> ResponseReturnValue:
    """The browser asks now and then instead."""
    g.retry_after = COME_AGAIN
    return {"live": False}, 503


def _person() -> Person:
    """Their rights and what they are made of, read in one moment. Raises Unauthenticated."""
    running, walk, user_id = panel(), current_walk(), signed_in_user_id()
    with running.database.snapshot() as db:
        user = db.get(User, user_id)
        actor = actor_of(db, user, running.known) if user is not None else None
        rights = rights_of_all(db, [user_id]).get(user_id, frozenset())
    if actor is None:
        raise Unauthenticated(text("Sign in first."))
    return Person(
        actor=replace(walk.actor, address=None) if walk else actor,
        user_id=user_id,
        session=fingerprint(own_secret()),
        rights=rights,
        until=running.clock.now() + WALK_LASTS if walk else None,
    )
