"""The search: a field on every page, results while one types, and a page of all results."""

from collections.abc import Sequence

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from billing_panel.core.search_results import HitsOfKind, hits_by_kind, hits_of_kind
from billing_panel.kernel.extension.hooks import SearchedKind
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.tables.find_search_entries import MAX_QUERY, Page, asked, has_all
from billing_panel.kernel.tables.search_entries import searchable
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.page_frame import NavigationItem, navigation
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import SIGNED_IN, access

search = Blueprint("search", __name__, url_prefix="/search")

# of each kind: beside the others, in the palette, and by itself
BESIDE, IN_PALETTE, ALONE = 10, 5, 50


@search.get("")
@access(SIGNED_IN)
def index() -> ResponseReturnValue:
    """What ``?query=`` finds, by kind; of ``?kind=`` alone a page at a time, from ``?from=`` on."""
    actor, query = current_actor(), _query()
    kind = request.args.get("kind", "")
    groups = _of_kind(query, kind, actor) if kind else _everything(query, actor, BESIDE)
    return render_template(
        "search/index.html",
        query=query,
        kind=kind,
        groups=groups,
        pages=[] if kind else _pages_named(query, actor),
        most=MAX_QUERY,
        staff=actor.client_id is None,
    )


@search.get("/palette")
@access(SIGNED_IN)
def palette() -> ResponseReturnValue:
    """The rows of the palette for what is typed so far: a part of a page."""
    actor, query = current_actor(), _query()
    groups = _everything(query, actor, IN_PALETTE)
    # without the frame: its menu and numbers, which nobody sees here, cost more than the search
    return current_app.jinja_env.get_template("search/palette.html").render(groups=groups)


def _query() -> str:
    return request.args.get("query", "").strip()[:MAX_QUERY]


def _everything(query: str, actor: Actor, limit: int) -> Sequence[HitsOfKind]:
    running = panel()
    with running.database.reading() as db:
        return hits_by_kind(db, running.searched_kinds, query, actor, limit)


def _of_kind(query: str, name: str, actor: Actor) -> Sequence[HitsOfKind]:
    """Raises NotFound: there is no such kind."""
    running = panel()
    with running.database.reading() as db:
        page = Page(ALONE, before=page_start() or None)
        found = hits_of_kind(db, _kind(running.searched_kinds, name), query, actor, page)
    return [found] if found.hits else []


def _kind(kinds: Sequence[SearchedKind], name: str) -> SearchedKind:
    for kind in kinds:
        if kind.kind == name:
            return kind
    raise NotFound


def _pages_named(query: str, actor: Actor) -> Sequence[NavigationItem]:
    """Places of the menu by parts of their names."""
    words = asked(query)
    items = [item for section in navigation(actor, {}) for item in section.items]
    return [item for item in items if words and has_all(f" {searchable(item.label)} ", words)]
