"""The page of a person's notices, the links to what they are about, and how many are new."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.access.scope import providers, zone_of
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.page_frame import navigation, news_for, written
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import (
    current_actor,
    current_impersonation,
    is_for_parts,
    language,
    panel,
    signed_in_actor,
)
from billing_panel.web.shell.route_access import SIGNED_IN, access
from plugins.notices.kinds.known_kinds import kinds_for
from plugins.notices.kinds.notice_kind import Channel
from plugins.notices.store.choices import NOTHING_CHOSEN, choices_of
from plugins.notices.store.find_notices import (
    find_notice,
    newest,
    read_these,
    read_up_to,
    unread_count,
)
from plugins.notices.surface.notice_view import say_notices
from plugins.notices.surface.unseen_orders import changed_orders, looked_at_orders

notices = Blueprint("notices", "plugins.notices", template_folder="templates")
PAGE = 50
HISTORY = "orders.active"


@notices.get("/notices")
@access(SIGNED_IN)
def index() -> ResponseReturnValue:
    """A person's own notices, newest first; ``?new=1``: those that are new.

    Each is shown as far as its reader may still see what it is about.
    """
    actor, only_new = current_actor(), request.args.get("new") == "1"
    with panel().database.reading() as db:
        rows = newest(db, actor, before=page_start(), unread=only_new, limit=PAGE + 1)
        shown = say_notices(db, rows[:PAGE], actor, language())
        zone = zone_of(providers(db, actor))
        count = unread_count(db, actor)
    return render_template(
        "notices/index.html",
        rows=shown,
        only_new=only_new,
        count=count,
        newest=shown[0].id if shown and not page_start() and not only_new else None,
        next_page=rows[PAGE - 1].id if len(rows) > PAGE else None,
        zone=zone,
    )


@notices.get("/notices/<bigid:notice_id>", endpoint="open")
@access(SIGNED_IN)
def go_there(notice_id: int) -> ResponseReturnValue:
    """Lead from a notice to its place; it is new no more. Whoever only looks leaves it new."""
    running, actor = panel(), current_actor()
    with running.database.reading() as db:
        row = find_notice(db, actor, notice_id)
        (shown,) = say_notices(db, [row], actor, language())
    if row.read_at is None and current_impersonation() is None:
        at = running.clock.now()
        running.database.note(lambda db: read_these(db, actor, [notice_id], at=at))
    return redirect(shown.address)


@notices.post("/notices/read", endpoint="read_all")
@access(SIGNED_IN)
def mark_read() -> ResponseReturnValue:
    """Mark every notice read."""
    running, actor = panel(), current_actor()
    with running.database.writing() as db:
        read_up_to(db, actor, None, at=running.clock.now())
    flash(gettext("All notices are marked as read."), "ok")
    return redirect(url_for("notices.index"), 303)


@notices.get("/notices/news")
@access(SIGNED_IN)
def news() -> ResponseReturnValue:
    """How much is new, as pages write it: for the bell, and for places of the menu by address.

    And whether the person wants to hear a sound of any of it.
    """
    actor = current_actor()
    found = news_for(actor)
    user_id = actor.user_id or 0
    with panel().database.reading() as db:
        chosen = choices_of(db, [user_id]).get(user_id, NOTHING_CHOSEN)
    sound = any(Channel.SOUND in chosen.of(kind) for kind in kinds_for(actor))
    bell = found.get("notices.index")
    places = {
        item.href: item.news
        for section in navigation(actor, found)
        for item in section.items
        if item.news is not None
    }
    return jsonify(bell=written(bell) if bell else "", places=places, sound=sound)


@notices.after_app_request
def _seen(response: Response) -> Response:
    """Whoever opened the list of their own orders has seen what was new there.

    Not a page that keeps itself up to date: nobody may be looking at it.
    """
    if request.endpoint != HISTORY or request.method != "GET" or response.status_code != 200:
        return response
    actor = signed_in_actor()
    if actor is None or actor.client_id is None or current_impersonation() or is_for_parts():
        return response
    running = panel()
    with running.database.reading() as db:
        is_news = db.scalar(changed_orders(actor).limit(1)) is not None
    if is_news:
        at = running.clock.now()
        running.database.note(lambda db: looked_at_orders(db, actor, at))
    return response
