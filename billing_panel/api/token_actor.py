"""Whose token a request brings: its owner, with no more than the token's functions.

What they hold is read again with each request, so a token never does more than its owner may now.
"""

from dataclasses import dataclass, replace

from flask import request
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of
from billing_panel.accounts.people.sign_in_models import ApiToken
from billing_panel.accounts.signing_in.api_tokens import is_use_news, token_owner, used_token
from billing_panel.accounts.signing_in.second_factor import is_missing
from billing_panel.core.panel import Panel
from billing_panel.kernel.language.errors import Forbidden, Unauthenticated
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor


@dataclass(frozen=True)
class Bearer:
    """``actor``: the owner of ``token``, narrowed to what it may do."""

    actor: Actor
    token: ApiToken


def token_actor(running: Panel) -> Actor:
    """Who asks; that the token was used is noted. Raises Unauthenticated, Forbidden."""
    with running.database.reading() as session:
        bearer = read_bearer(session, running)
    token, now = bearer.token, running.clock.now()
    if is_use_news(token, at=now):
        running.database.note(lambda session: used_token(session, token.id, at=now))
    return bearer.actor


def read_bearer(session: Session, running: Panel) -> Bearer:
    """Whose token the request brings, as ``session`` sees it.

    Raises Unauthenticated, Forbidden ``second_factor_required``.
    """
    token = token_owner(session, sent_secret(), at=running.clock.now())
    actor = actor_of(session, token.user, running.known)
    if actor is None:
        raise Unauthenticated(text("The owner of this token may no longer sign in."))
    if is_missing(session, token.user_id):
        raise Forbidden(
            text(
                "A department of this token’s owner requires a second factor. The"
                " token will work again once its owner has signed in and set one"
                " up."
            ),
            code="second_factor_required",
        )
    actor = replace(actor, address=request.remote_addr)
    narrowed = actor if token.functions is None else actor.narrowed_to(token.functions)
    return Bearer(narrowed, token)


def sent_secret() -> str:
    """The secret of the request's token. Raises Unauthenticated."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Unauthenticated(text("Send a token: Authorization: Bearer …"))
    return secret.strip()
