"""Flask-Login over our own session rows: the cookie holds a secret, the row says whose it is."""

from dataclasses import dataclass

from flask import Flask, request, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.orm import Session

from billing_panel.accounts.actors import actor_of
from billing_panel.accounts.sign_in import SESSION_LIFE, sign_out, signed_in_user
from billing_panel.kernel.actor import Actor
from billing_panel.web.context import API_PREFIX, panel


@dataclass(frozen=True)
class SignedIn:
    """What Flask-Login calls a user: an actor with the session he came by."""

    secret: str
    actor: Actor
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        return self.secret


def install(app: Flask) -> None:
    # our pages get what they need from the shell; a look-up on an error page would fail again
    manager = LoginManager(app, add_context_processor=False)
    manager.user_loader(_load)
    app.permanent_session_lifetime = SESSION_LIFE


def begin_session(secret: str) -> None:
    """Start over with an empty cookie session, so that nothing set before signing in survives."""
    session.clear()
    session.permanent = True
    signed_in = _load(secret)
    if signed_in is not None:
        login_user(signed_in)


def forget_own_session(db: Session) -> None:
    """End the session this browser came with, when it begins another."""
    if current_user.is_authenticated:
        sign_out(db, current_user.get_id())


def end_session(secret: str) -> None:
    with panel().database.writing() as db:
        sign_out(db, secret)
    logout_user()
    session.clear()


def _load(secret: str) -> SignedIn | None:
    if request.path.startswith(API_PREFIX):
        return None
    running = panel()
    with running.database.reading() as db:
        user = signed_in_user(db, secret, at=running.clock.now())
        actor = actor_of(db, user, running.known) if user else None
    return SignedIn(secret, actor) if actor else None
