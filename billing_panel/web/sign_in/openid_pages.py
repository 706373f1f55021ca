"""Signing in at a provider of OpenID Connect: the code flow with PKCE; state and nonce are checked.

Authlib keeps what it must remember between the two requests in the cookie session. What comes back
is looked up by issuer and subject alone (signing_in/openid_identities.py). The one address that is
asked comes from the settings.
"""

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Flask, abort, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from billing_panel.accounts.people.sign_in_models import Purpose
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in.openid_identities import bind
from billing_panel.accounts.signing_in.password_confirmation import is_confirmed, use_confirmation
from billing_panel.accounts.signing_in.sign_in import note, sign_in_from_outside
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.config import Config, OpenIdConnect
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.requests.request_logs import log
from billing_panel.web.shell.i18n import gettext
from billing_panel.web.shell.request_context import current_actor, panel, signed_in_actor
from billing_panel.web.shell.route_access import PUBLIC, SIGNED_IN, access
from billing_panel.web.sign_in.session_cookie import (
    NEXT,
    begin_session,
    browser,
    forget_own_session,
    own_secret,
)
from billing_panel.web.sign_in.sign_in_outcome import after_step, inside

Errors = tuple[type[Exception], ...]
openid = Blueprint("openid", __name__)
EXTENSION = "billing_panel.openid"
# most panels have no provider
REGISTER = Named[Callable[[Flask, OpenIdConnect], Any]](
    "billing_panel.web.sign_in.openid_client:register"
)
UNREACHABLE = Named[Errors]("billing_panel.web.sign_in.openid_client:UNREACHABLE")
REFUSED = Named[Errors]("billing_panel.web.sign_in.openid_client:REFUSED")
# Signed by the provider's own key; "none" and keys both sides share are not taken.
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "EdDSA"})
# In the cookie session: that the browser was sent to the provider to connect, by whom.
CONNECTING = "connecting"


def install(app: Flask, config: Config) -> None:
    """Register the sign-in provider, if the settings have one."""
    if config.openid is None:
        return
    app.extensions[EXTENSION] = REGISTER()(app, config.openid)


@openid.get("/sign-in/openid")
@access(PUBLIC)
def start() -> ResponseReturnValue:
    """Go to the sign-in provider outside."""
    session.pop(CONNECTING, None)
    session[NEXT] = request.args.get("next", "")
    return _ask()


@openid.get("/account/connection/start")
@access(SIGNED_IN)
def connect() -> ResponseReturnValue:
    """Only minutes after the password was given on the page My account."""
    running = panel()
    with running.database.reading() as db:
        now = running.clock.now()
        if not is_confirmed(db, own_secret(), Purpose.CONNECT, at=now):
            return redirect(url_for("account.index"))
    session[CONNECTING] = current_actor().user_id
    return _ask()


@openid.get("/sign-in/openid/callback")
@access(PUBLIC)
def callback() -> ResponseReturnValue:
    """Come back from it; signs in whoever it is connected to."""
    connecting = session.pop(CONNECTING, None)
    subject = _subject()
    issuer = panel().config.openid
    if issuer is None:
        abort(404)
    actor = signed_in_actor()
    if connecting is not None:
        if actor is None or actor.user_id != connecting:
            raise Refused(text("You signed out in the meantime; nothing was connected."))
        return _bind(actor, issuer.issuer, subject)
    opened = sign_in_from_outside(panel().signing_in, issuer.issuer, subject, browser())
    with panel().database.writing() as db:
        forget_own_session(db)
    target = inside(session.get(NEXT))
    begin_session(opened, target=target)
    return redirect(after_step(opened, target))


def _bind(actor: Actor, issuer: str, subject: str) -> ResponseReturnValue:
    with panel().database.writing() as db:
        at = panel().clock.now()
        use_confirmation(db, own_secret(), Purpose.CONNECT, at=at)
        user = db.get_one(User, actor.user_id)
        bind(db, user.id, issuer, subject, at=at)
        note(db, "identity.bound", user, at=at, place=browser().place, issuer=issuer)
    flash(gettext("Connected: you can now sign in with that account too."), "ok")
    return redirect(url_for("account.index"))


@slow
def _ask() -> ResponseReturnValue:
    """Send the browser to the provider."""
    address = f"{panel().config.public_url}{url_for('openid.callback')}"
    try:
        _metadata()
        return cast("ResponseReturnValue", _client().authorize_redirect(address))
    except UNREACHABLE() as error:
        log.warning("openid_unreachable", error=type(error).__name__)
        abort(502)


@slow
def _subject() -> str:
    """Who the provider says has come. Raises Refused ``openid_refused``."""
    client = _client()
    try:
        _metadata()
        claims = client.authorize_access_token().get("userinfo") or {}
    except REFUSED() as error:
        log.warning("openid_refused", error=type(error).__name__)
        claims = {}
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Refused(
            text("The sign-in provider didn’t confirm who you are. Try again."),
            code="openid_refused",
        )
    return subject


def _metadata() -> None:
    """Read what the provider says of itself; refuse another issuer and weak signatures.

    Raises ValueError.
    """
    metadata, settings = _client().load_server_metadata(), panel().config.openid
    if settings is None or str(metadata.get("issuer", "")).rstrip("/") != settings.issuer:
        raise ValueError("the provider calls itself by another name")
    offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [a for a in offered if a in ALGORITHMS]


def _client() -> Any:
    """Authlib's client, which has no types. 404 where no provider is set."""
    client = current_app.extensions.get(EXTENSION)
    if client is None:
        abort(404)
    return client
