"""Asking for the password again before anything a stranger at an open screen must not do.

It is kept in the row of the session: for one purpose, for minutes, and used up by the action, in
the transaction of the action. Nothing of it stands in the cookie, which could be put back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.people.sign_in_models import Purpose, SignInSession
from billing_panel.accounts.signing_in import failed_attempts, second_factor
from billing_panel.accounts.signing_in.check_and_change_password import check_password
from billing_panel.accounts.signing_in.sessions import find_session
from billing_panel.accounts.signing_in.sign_in import Browser, SigningIn
from billing_panel.kernel.language.errors import Refused, Unauthenticated
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.secret_fingerprints import fingerprint

GOOD_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Given:
    """``code``: of the second factor, where there is one."""

    password: str
    code: str = ""


def confirm(
    signing_in: SigningIn, secret: str, purpose: Purpose, given: Given, browser: Browser
) -> None:
    """Raises Unauthenticated, Invalid (``password`` or ``code``), TooManyAttempts."""
    with signing_in.database.reading() as session:
        row = find_session(session, secret, at=signing_in.clock.now(), idle=signing_in.life.idle)
    if row is None or row.awaits is not None:
        raise Unauthenticated(text("Sign in first."))
    user = check_password(signing_in, row.user_id, given.password, browser)
    counted = signing_in.counted("code", user.login, user.id, browser)
    with signing_in.database.reading() as session:
        has_factor = second_factor.second_factor(session, user.id) is not None
    if has_factor:
        with signing_in.database.writing() as session:
            failed_attempts.count(session, counted, at=signing_in.clock.now())
    with signing_in.database.writing() as session:
        at = signing_in.clock.now()
        if has_factor:
            second_factor.check_code(session, user.id, given.code, seal=signing_in.seal, at=at)
            failed_attempts.forgive(session, counted, at=at)
        session.execute(
            update(SignInSession)
            .filter_by(secret=fingerprint(secret))
            .values(confirmed_for=purpose, confirmed_at=at)
        )


def is_confirmed(session: Session, secret: str, purpose: Purpose, *, at: datetime) -> bool:
    """Tell whether the password was given for ``purpose`` within GOOD_FOR, and is not used up."""
    found = select(SignInSession.id).where(_confirmed(secret, purpose, at))
    return session.scalar(found) is not None


def use_confirmation(session: Session, secret: str, purpose: Purpose, *, at: datetime) -> None:
    """Raises Refused ``not_confirmed``."""
    used = (
        update(SignInSession)
        .where(_confirmed(secret, purpose, at))
        .values(confirmed_for=None, confirmed_at=None)
        .returning(SignInSession.id)
    )
    if session.scalar(used) is None:
        raise Refused(
            text(
                "Enter your password again: what you confirmed with it is done, or"
                " too much time has passed."
            ),
            code="not_confirmed",
        )


def _confirmed(secret: str, purpose: Purpose, at: datetime) -> ColumnElement[bool]:
    return and_(
        SignInSession.secret == fingerprint(secret),
        SignInSession.confirmed_for == purpose,
        SignInSession.confirmed_at > at - GOOD_FOR,
    )
