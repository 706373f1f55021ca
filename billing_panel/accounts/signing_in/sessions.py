"""Sessions: who is signed in, from where and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.load_actors import PERSON, actor_from, from_user
from billing_panel.accounts.people.sign_in_models import SignInSession, Step
from billing_panel.accounts.people.user_models import MAX_AGENT, User
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.secret_fingerprints import fingerprint, new_secret

STEP_LIFE = timedelta(minutes=10)
# Its row says when a session was seen, to this minute: a page more is no write more.
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Life:
    """``idle``: without a request; ``whole``: from signing in, whatever is done."""

    idle: timedelta = timedelta(hours=2)
    whole: timedelta = timedelta(hours=12)


@dataclass(frozen=True)
class Place:
    """Where somebody signs in: the address of their machine and what their browser calls itself."""

    address: str = ""
    agent: str = ""


NOWHERE = Place()


def open_session(
    session: Session,
    user: User,
    *,
    at: datetime,
    life: timedelta = Life.whole,
    place: Place = NOWHERE,
    awaits: Step | None = None,
) -> str:
    """The secret of a new session. ``awaits``: it ends soon unless that step is taken."""
    secret = new_secret()
    session.add(
        SignInSession(
            secret=fingerprint(secret),
            user_id=user.id,
            awaits=awaits,
            created_at=at,
            seen_at=at,
            expires_at=at + (STEP_LIFE if awaits else life),
            address=place.address[:64],
            agent=place.agent[:MAX_AGENT],
        )
    )
    return secret


def find_session(
    session: Session, secret: str, *, at: datetime, idle: timedelta = Life.idle
) -> SignInSession | None:
    """The session as long as it is good, with its user; it may await a step."""
    return session.scalar(
        select(SignInSession)
        .filter_by(secret=fingerprint(secret))
        .where(SignInSession.expires_at > at, SignInSession.seen_at > at - idle)
        .options(joinedload(SignInSession.user, innerjoin=True))
    )


@dataclass(frozen=True)
class SignedIn:
    """A session in which somebody is signed in. ``actor`` None: they may do nothing here."""

    session_id: int
    user_id: int
    seen_at: datetime
    actor: Actor | None


SIGNED_IN = from_user(
    select(SignInSession.id.label("session_id"), SignInSession.seen_at, *PERSON)
    .select_from(SignInSession)
    .join(User, User.id == SignInSession.user_id)
    .where(
        SignInSession.secret == bindparam("secret"),
        SignInSession.expires_at > bindparam("at"),
        SignInSession.seen_at > bindparam("seen_after"),
        SignInSession.awaits.is_(None),
    )
)


def find_signed_in(
    session: Session, secret: str, known: frozenset[str], *, at: datetime, idle: timedelta
) -> SignedIn | None:
    """Who is signed in by a session that is good and awaits nothing, in one statement.

    Nothing of it is kept: whatever ended a session or changed a right is seen by the next request.
    """
    values = {"secret": fingerprint(secret), "at": at, "seen_after": at - idle}
    row = plain(session, SIGNED_IN, values).one_or_none()
    if row is None:
        return None
    return SignedIn(row.session_id, row.user_id, row.seen_at, actor_from(row, known))


def saw(session: Session, session_id: int, *, at: datetime) -> None:
    """Note that the session was used at ``at``."""
    session.execute(update(SignInSession).filter_by(id=session_id).values(seen_at=at))


def sessions_of(
    session: Session, user_id: int, *, at: datetime, idle: timedelta
) -> Sequence[SignInSession]:
    """Those in which they are signed in, the one seen last first."""
    return session.scalars(
        select(SignInSession)
        .filter_by(user_id=user_id, awaits=None)
        .where(SignInSession.expires_at > at, SignInSession.seen_at > at - idle)
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    ).all()


def end_session(session: Session, secret: str) -> int | None:
    """Whose session was ended, or None when it was over already."""
    ended = delete(SignInSession).filter_by(secret=fingerprint(secret))
    return session.scalar(ended.returning(SignInSession.user_id))


def end_session_of(session: Session, user_id: int, session_id: int) -> None:
    """Raises NotFound."""
    ended = session.execute(
        delete(SignInSession).filter_by(id=session_id, user_id=user_id).returning(SignInSession.id)
    )
    if ended.first() is None:
        raise NotFound(text("This session has already ended."))


def end_sessions(session: Session, user_ids: Iterable[int], *, but: str | None = None) -> None:
    """End all sessions of these users; ``but``: the secret of one that goes on."""
    session.execute(
        delete(SignInSession).where(
            SignInSession.user_id.in_(list(user_ids)),
            SignInSession.secret != fingerprint(but or ""),
        )
    )


def forget_expired_sessions(session: Session, *, at: datetime) -> None:
    """Delete the sessions whose whole life is over at ``at``."""
    session.execute(delete(SignInSession).where(SignInSession.expires_at <= at))
