"""Sessions: who is signed in, where from, until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.people.users import MAX_AGENT, SignInSession, Step, User
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.ids import fingerprint, new_secret

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
