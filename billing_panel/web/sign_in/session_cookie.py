"""Flask-Login over our own session rows: the cookie holds a secret, the row says whose it is.

A session that still awaits a step stands in the cookie under another name, so that whatever asks
who is signed in finds nobody.
"""

from dataclasses import dataclass

from flask import Flask, Response, g, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.orm import Session

from billing_panel.accounts.signing_in.known_browsers import MARK_LIFE, KnownBrowsers
from billing_panel.accounts.signing_in.sessions import (
    SEEN_EVERY,
    Place,
    end_session,
    find_signed_in,
    saw,
)
from billing_panel.accounts.signing_in.sign_in import Browser, Opened, sign_out
from billing_panel.kernel.process.config import Config
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.requests.late_form_pages import begin_tokens
from billing_panel.web.shell.i18n import SESSION_KEY
from billing_panel.web.shell.request_context import API_PREFIX, is_by_itself, panel

WAITING = "waiting"
NEXT = "next"


@dataclass(frozen=True)
class SignedIn:
    """What Flask-Login calls a user: an actor with the session they came by."""

    secret: str
    actor: Actor
    user_id: int
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return self.secret


def install(app: Flask, config: Config) -> None:
    """Have Flask-Login find who is signed in, and mark browsers in which somebody signs in."""
    # our pages get what they need from the shell; a look-up on an error page would fail again
    manager = LoginManager(app, add_context_processor=False)
    manager.user_loader(_load)
    app.config["PERMANENT_SESSION_LIFETIME"] = config.session_hours * 3600
    app.after_request(_mark_browser)


def browser() -> Browser:
    """Where this request comes from."""
    place = Place(request.remote_addr or "", request.user_agent.string)
    return Browser(place, request.cookies.get(_browser_cookie()))


def begin_session(opened: Opened, *, target: str = "") -> None:
    """Start over with an empty cookie session, so that nothing set before signing in survives.

    ``target``: where to go when all steps are taken. The language chosen before signing in stays.
    """
    chosen = session.get(SESSION_KEY)
    session.clear()
    # the token against forgery of this request belonged to the previous cookie
    g.pop("csrf_token", None)
    session.permanent = True
    if chosen:
        session[SESSION_KEY] = chosen
    if opened.awaits:
        session[WAITING], session[NEXT] = opened.secret, target
        return
    signed_in = _load(opened.secret)
    if signed_in is not None:
        login_user(signed_in)
        begin_tokens(opened.user_id)
        g.marked_user = opened.user_id


def waiting_secret() -> str | None:
    """The secret of the session that awaits a step, if this browser has one."""
    secret = session.get(WAITING)
    return str(secret) if secret else None


def forget_own_session(db: Session) -> None:
    """End the session this browser came with, when it begins another."""
    if current_user.is_authenticated:
        end_session(db, current_user.get_id())


def leave() -> None:
    """Sign out, and forget all that the cookie session holds."""
    sign_out(panel().signing_in, current_user.get_id(), browser())
    logout_user()
    session.clear()


def own_secret() -> str:
    """Look up the secret of the session that the request came with."""
    return str(current_user.get_id())


def signed_in_user_id() -> int:
    """Look up whose session it is, with whatever rights they see."""
    return int(current_user.user_id)


def _load(secret: str) -> SignedIn | None:
    if request.path.startswith(API_PREFIX):
        return None
    running = panel()
    now, idle = running.clock.now(), running.signing_in.life.idle
    with running.database.reading() as db:
        found = find_signed_in(db, secret, running.known, at=now, idle=idle)
    if found is None:
        return None
    if found.seen_at <= now - SEEN_EVERY and not is_by_itself():
        running.database.note(lambda db: saw(db, found.session_id, at=now))
    return SignedIn(secret, found.actor, found.user_id) if found.actor else None


def _browser_cookie() -> str:
    return "__Host-browser" if panel().config.secure_cookies else "browser"


def _mark_browser(response: Response) -> Response:
    """Whoever has signed in has a known browser from now on (signing_in/known_browsers.py)."""
    user_id = g.pop("marked_user", None)
    if user_id is None:
        return response
    config = panel().config
    browsers = KnownBrowsers(config.secret_key)
    if browsers.read(request.cookies.get(_browser_cookie()), user_id) is None:
        response.set_cookie(
            _browser_cookie(),
            browsers.mark(user_id),
            max_age=MARK_LIFE,
            secure=config.secure_cookies,
            httponly=True,
            samesite="Lax",
        )
    return response
