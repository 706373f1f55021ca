"""Signing in and out, one-time links and API tokens: the actions on ``users``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.actors import rights_of
from billing_panel.accounts.passwords import MAX_LENGTH, hash_password, verify
from billing_panel.accounts.users import ApiToken, SignInSession, User
from billing_panel.kernel.errors import NotFound, Refused, Unauthenticated
from billing_panel.kernel.ids import fingerprint, new_secret
from billing_panel.kernel.text import text
from permissions.functions import check_known

SESSION_LIFE = timedelta(hours=12)
LINK_LIFE = timedelta(hours=48)


def sign_in(session: Session, login: str, password: str, *, at: datetime) -> str:
    """The secret of a new session. Raises Refused, the same for a wrong login or password."""
    user = session.scalar(select(User).filter_by(login=login.strip()))
    if not verify(user.password_hash if user else None, password[:MAX_LENGTH]):
        user = None
    if user is None or user.disabled_at is not None:
        raise Refused(text("The login or the password is wrong."), code="sign_in_refused")
    return open_session(session, user, at=at)


def open_session(session: Session, user: User, *, at: datetime) -> str:
    secret = new_secret()
    session.add(
        SignInSession(
            secret=fingerprint(secret), user_id=user.id, created_at=at, expires_at=at + SESSION_LIFE
        )
    )
    return secret


def signed_in_user(session: Session, secret: str, *, at: datetime) -> User | None:
    return session.scalar(
        select(User)
        .join(SignInSession, SignInSession.user_id == User.id)
        .where(SignInSession.secret == fingerprint(secret), SignInSession.expires_at > at)
    )


def sign_out(session: Session, secret: str) -> None:
    session.execute(delete(SignInSession).filter_by(secret=fingerprint(secret)))


def forget_expired_sessions(session: Session, *, at: datetime) -> None:
    session.execute(delete(SignInSession).where(SignInSession.expires_at <= at))


def set_password(session: Session, user: User, password: str) -> None:
    """Raises Invalid. Ends every session of the user."""
    user.password_hash = hash_password(password)
    session.execute(delete(SignInSession).filter_by(user_id=user.id))


def set_language(session: Session, user_id: int, language: str) -> None:
    session.execute(update(User).filter_by(id=user_id).values(language=language))


@dataclass(frozen=True)
class OneTimeLinks:
    """Signed links to choose a password, over what the person may do then.

    Choosing one changes what the link was signed over; so does every change of rights, so that
    nobody keeps a link for the day its owner is promoted.
    """

    secret_key: str

    def make(self, session: Session, user: User) -> str:
        return self._signer().dumps([user.id, self._state(session, user)])

    def user(self, session: Session, token: str, *, to_use: bool = False) -> User:
        """Raises NotFound when the link is forged, expired or used.

        ``to_use`` locks the user, so that of many at once one uses the link.
        """
        gone = NotFound(text("This link was used or has expired; ask for a new one."))
        try:
            user_id, state = self._signer().loads(token, max_age=int(LINK_LIFE.total_seconds()))
        except (BadData, ValueError) as error:
            raise gone from error
        user = session.get(User, user_id, with_for_update=to_use, populate_existing=True)
        if user is None or user.disabled_at is not None or self._state(session, user) != state:
            raise gone
        return user

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret_key, salt="choose-password")

    @staticmethod
    def _state(session: Session, user: User) -> str:
        return fingerprint(f"{user.id}:{user.password_hash}:{rights_of(session, user.id)}")[:32]


def create_token(
    session: Session,
    user: User,
    name: str,
    *,
    functions: list[str] | None = None,
    known: Iterable[str],
    at: datetime,
) -> str:
    """The secret of a new API token, shown once. Raises UnknownFunction."""
    check_known(functions or (), known)
    secret = f"bp_{new_secret()}"
    session.add(
        ApiToken(
            secret=fingerprint(secret),
            user_id=user.id,
            name=name,
            functions=functions,
            created_at=at,
        )
    )
    return secret


TOKEN = (
    select(ApiToken)
    .where(ApiToken.secret == bindparam("secret"))
    .options(joinedload(ApiToken.user, innerjoin=True))
)


def token_owner(session: Session, secret: str) -> ApiToken:
    """Raises Unauthenticated."""
    token = session.scalar(TOKEN, {"secret": fingerprint(secret)})
    if token is None:
        raise Unauthenticated(text("The token is not known, or was revoked."))
    return token
