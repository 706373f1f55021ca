"""The start page, the choice of language, the font, and the health check."""

from pathlib import Path

from flask import (
    Blueprint,
    abort,
    g,
    redirect,
    request,
    send_from_directory,
    session,
)
from flask.typing import ResponseReturnValue
from sqlalchemy import text as sql

from billing_panel.accounts.signing_in.sign_in import set_language
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.files.fonts import ensure_fonts
from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.web.home.home_page import show_home
from billing_panel.web.shell.i18n import SESSION_KEY
from billing_panel.web.shell.request_context import panel, signed_in_actor
from billing_panel.web.shell.route_access import PUBLIC, SIGNED_IN, access
from billing_panel.web.sign_in.sign_in_outcome import inside

web = Blueprint("web", __name__)
WEB_FONTS = frozenset({"inter-panel.woff2"})


@web.get("/healthz")
@access(PUBLIC)
def health() -> ResponseReturnValue:
    """Whether the database answers: 200, or 503 with what is wrong."""
    try:
        with panel().database.reading() as db:
            db.execute(sql("SELECT 1"))
    except Unavailable as error:
        g.retry_after = error.trouble.seconds
        return {"status": error.trouble.code}, 503
    return {"status": "ok"}


@web.get("/")
@access(SIGNED_IN)
def home() -> ResponseReturnValue:
    """The first page: what needs whoever looks now, and what an empty panel still needs."""
    return show_home()


@web.post("/language", endpoint="set_language")
@access(PUBLIC)
def choose_language() -> ResponseReturnValue:
    """Choose the language of pages."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    actor = signed_in_actor()
    if actor is not None and actor.user_id is not None:
        with panel().database.writing() as db:
            set_language(db, actor.user_id, chosen)
    session[SESSION_KEY] = chosen
    return redirect(inside(request.form.get("next")))


@web.get("/fonts/<name>")
@access(PUBLIC)
def font(name: str) -> ResponseReturnValue:
    """The font of pages, made once."""
    if name not in WEB_FONTS:
        abort(404)
    directory: Path = panel().config.fonts_dir
    ensure_fonts(directory)
    return send_from_directory(directory, name, max_age=30 * 24 * 3600)
