"""API tokens: made, listed, used, revoked. Only their fingerprints are kept."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.people.sign_in_models import ApiToken
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.row_locks import lock_row, locked
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import (
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    Unauthenticated,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.id_or_name import MAX_ID
from billing_panel.kernel.values.secret_fingerprints import fingerprint, new_secret
from permissions.panel_functions import check_known
from permissions.switch_functions import refuse_beyond_own

MAX_NAME = 128
MAX_DAYS = 3650
# Nobody keeps an eye on more; and a count of requests holds for all of a person's together.
MOST_TOKENS = 50
# A busy token is not written down at each of its requests.
USED_EVERY = timedelta(minutes=1)

TOKEN = (
    select(ApiToken)
    .where(ApiToken.secret == bindparam("secret"))
    .options(joinedload(ApiToken.user, innerjoin=True))
)


def create_token(
    session: Session,
    user: User,
    name: str,
    *,
    functions: Sequence[str] | None = None,
    days: int | None = None,
    known: Collection[str],
    at: datetime,
) -> str:
    """The secret of a new API token, shown once; ``days`` None: it does not expire.

    Raises UnknownFunction, Invalid.
    """
    check_known(functions or (), known)
    if not is_visible(name) or len(name.strip()) > MAX_NAME or not name.isprintable():
        message = text("Give it a name that will tell you later what it is for.")
        raise Invalid([FieldError("name", "length", message)])
    if days is not None and not 0 < days <= MAX_DAYS:
        message = text("A token can be valid for 1 to %(most)s days.", most=MAX_DAYS)
        raise Invalid([FieldError("days", "range", message)])
    secret = f"bp_{new_secret()}"
    session.add(
        ApiToken(
            secret=fingerprint(secret),
            user_id=user.id,
            name=name.strip(),
            functions=None if functions is None else sorted(functions),
            created_at=at,
            expires_at=None if days is None else at + timedelta(days=days),
        )
    )
    return secret


def make_token(
    session: Session,
    user: User,
    name: str,
    *,
    functions: Sequence[str] | None,
    days: int | None,
    actor: Actor,
    known: Collection[str],
    at: datetime,
) -> str:
    """``create_token``, written in the log; nobody gives a token what they don't hold.

    Raises UnknownFunction, Forbidden ``cannot_grant``, Invalid, Refused ``too_many_tokens``.
    """
    refuse_beyond_own(actor, set(functions or ()) & set(known))
    _refuse_too_many(session, user, at=at)
    secret = create_token(session, user, name, functions=functions, days=days, known=known, at=at)
    facts = {"name": name.strip(), "functions": functions, "days": days}
    record(session, "token.made", actor=actor, at=at, subject=("user", user.id), facts=facts)
    return secret


def _refuse_too_many(session: Session, user: User, *, at: datetime) -> None:
    """Of several made at once each waits for the one before."""
    lock_row(session, user)
    good = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > at)
    held = select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user.id, good)
    if (session.scalar(held) or 0) >= MOST_TOKENS:
        raise Refused(
            text("You can’t have more than %(most)s tokens; revoke one first.", most=MOST_TOKENS),
            code="too_many_tokens",
        )


def tokens_of(session: Session, user_id: int) -> Sequence[ApiToken]:
    """List the user's tokens, the newest first; those that have expired are among them."""
    return session.scalars(
        select(ApiToken).filter_by(user_id=user_id).order_by(ApiToken.id.desc())
    ).all()


def revoke_token(
    session: Session, token_id: int, *, user_id: int | None = None, actor: Actor, at: datetime
) -> None:
    """``user_id``: only if it is a token of theirs. Raises NotFound."""
    token = locked(session, ApiToken, token_id) if token_id <= MAX_ID else None
    if token is None or user_id not in {None, token.user_id}:
        raise NotFound(text("There is no such token, or it was already revoked."))
    session.delete(token)
    record(
        session,
        "token.revoked",
        actor=actor,
        at=at,
        subject=("user", token.user_id),
        facts={"name": token.name},
    )


def end_tokens(session: Session, user_ids: Iterable[int]) -> int:
    """How many were ended: all of these users."""
    ended = delete(ApiToken).where(ApiToken.user_id.in_(list(user_ids))).returning(ApiToken.id)
    return len(session.scalars(ended).all())


def owner_of(session: Session, secret: str) -> int | None:
    """Whose token it is, by user id, whether it is good or not; None: nobody's."""
    return session.scalar(select(ApiToken.user_id).filter_by(secret=fingerprint(secret)))


def token_owner(session: Session, secret: str, *, at: datetime) -> ApiToken:
    """Raises Unauthenticated."""
    token = session.scalar(TOKEN, {"secret": fingerprint(secret)})
    if token is None:
        raise Unauthenticated(text("The token is unknown or was revoked."))
    if token.expires_at is not None and token.expires_at <= at:
        raise Unauthenticated(text("The token has expired; create a new one."))
    return token


def refuse_narrowed(actor: Actor) -> None:
    """Raise Forbidden ``token_narrowed`` where a token with functions of its own acts."""
    if actor.narrowed:
        raise Forbidden(
            text(
                "This token has only some of its owner’s functions; use one that has them all,"
                " or the page My account."
            ),
            code="token_narrowed",
        )


def is_use_news(token: ApiToken, *, at: datetime) -> bool:
    """Tell whether a use at ``at`` is to be noted: none was less than USED_EVERY before it."""
    return token.last_used_at is None or token.last_used_at <= at - USED_EVERY


def used_token(session: Session, token_id: int, *, at: datetime) -> None:
    """Note that the token was used at ``at``, unless a later use is noted already."""
    session.execute(
        update(ApiToken)
        .where(ApiToken.id == token_id)
        .where(or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at < at))
        .values(last_used_at=at)
    )
