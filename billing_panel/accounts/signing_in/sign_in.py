"""Signing in, step by step, and everything else done with passwords, codes and one-time links.

Each attempt is counted in a transaction of its own before it is checked, and a refusal is logged in
another: what is raised here has left its trace. Password hashes are computed between transactions,
so that nobody waits for them. The answer is the same for known and unknown logins: the same
sentence, one hash computed, one row counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import actor_of, console
from billing_panel.accounts.people.login_names import as_kept, find_user
from billing_panel.accounts.people.sign_in_models import Step
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import failed_attempts, openid_identities, second_factor
from billing_panel.accounts.signing_in.failed_attempts import Counted
from billing_panel.accounts.signing_in.known_browsers import KnownBrowsers
from billing_panel.accounts.signing_in.passwords import MAX_LENGTH, renewed, verify
from billing_panel.accounts.signing_in.sessions import (
    NOWHERE,
    Life,
    Place,
    end_session,
    end_sessions,
    find_session,
    open_session,
)
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.encrypted_secrets import Seal
from billing_panel.kernel.database.row_locks import lock_row, locked
from billing_panel.kernel.language.errors import (
    FieldError,
    Invalid,
    Refused,
    Unauthenticated,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.clock import Clock

# Repeating someone else's login doesn't flood their inbox.
NOTICE_EVERY = timedelta(minutes=15)
# Many people share one address.
ADDRESS_TIMES = 4
STRANGER = console(())


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in from: their address, and the mark that the browser carries."""

    place: Place = NOWHERE
    carried: str | None = None


@dataclass(frozen=True)
class Opened:
    """A session that has begun. ``awaits``: nobody is signed in by it before that step is taken."""

    secret: str
    user_id: int
    awaits: Step | None


@dataclass(frozen=True)
class SigningIn:
    """What signing in needs. ``free_failures``: how many failures cost no wait."""

    database: Database
    clock: Clock
    secret_key: str
    free_failures: int = 5
    life: Life = field(default_factory=Life)

    @property
    def seal(self) -> Seal:
        return Seal(self.secret_key, second_factor.PURPOSE)

    def counted(
        self, what: str, login: str, user_id: int | None, browser: Browser
    ) -> Sequence[Counted]:
        """The counters of an attempt; ``what`` is tried: a password, a code."""
        free, browsers = self.free_failures, KnownBrowsers(self.secret_key)
        mark = browsers.read(browser.carried, user_id) if user_id is not None else None
        if mark is not None:
            return [failed_attempts.of_browser(f"{what} {mark}", free)]
        address = failed_attempts.of_address(browser.place.address, free * ADDRESS_TIMES)
        return [address, failed_attempts.of_login(f"{what} {login}", free)]


def sign_in(signing_in: SigningIn, login: str, password: str, browser: Browser) -> Opened:
    """Sign in by password.

    Raises Refused ``sign_in_refused``, the same for every mistake, and TooManyAttempts.
    """
    with signing_in.database.reading() as session:
        user = find_user(session, login)
    # all spellings of a login count as one
    login = as_kept(login)
    password_hash = user.password_hash if user and user.disabled_at is None else None
    counted = signing_in.counted("password", login, user.id if user else None, browser)
    with signing_in.database.writing() as session:
        failed_attempts.count(session, counted, at=signing_in.clock.now())
    good = verify(password_hash, password[:MAX_LENGTH])
    if not good or user is None or password_hash is None:
        raise _refused(signing_in, user, browser, "password")
    fresh = renewed(password_hash, password)
    with signing_in.database.writing() as session:
        now = locked(session, User, user.id)
        if now and now.disabled_at is None and now.password_hash == password_hash:
            now.password_hash = fresh
            failed_attempts.forgive(session, counted, at=signing_in.clock.now())
            return _open(session, signing_in, now, browser)
    raise _refused(signing_in, user, browser, "password")


def sign_in_from_outside(
    signing_in: SigningIn, issuer: str, subject: str, browser: Browser
) -> Opened:
    """Sign in whoever the external provider has identified. Raises Refused ``identity_unknown``.

    Their own second factor is still required.
    """
    with signing_in.database.writing() as session:
        user = openid_identities.bound_user(session, issuer, subject)
        if user is not None:
            lock_row(session, user)
            bound = openid_identities.bound_user(session, issuer, subject)
            if bound is user and user.disabled_at is None:
                return _open(session, signing_in, user, browser)
    _refused(signing_in, user, browser, "openid")
    raise Refused(
        text(
            "No one here is connected with that account. Sign in with your"
            " password, then connect it on the page My account."
        ),
        code="identity_unknown",
    )


def give_code(signing_in: SigningIn, secret: str, code: str, browser: Browser) -> Opened:
    """Take the step after the password: a new session replaces the one that awaited it.

    Raises Unauthenticated, Invalid, TooManyAttempts.
    """
    user = waiting_user(signing_in, secret, Step.CODE)
    counted = signing_in.counted("code", user.login, user.id, browser)
    with signing_in.database.writing() as session:
        failed_attempts.count(session, counted, at=signing_in.clock.now())
    try:
        with signing_in.database.writing() as session:
            by = second_factor.check_code(
                session, user.id, code, seal=signing_in.seal, at=signing_in.clock.now()
            )
            failed_attempts.forgive(session, counted, at=signing_in.clock.now())
            return _stepped(session, signing_in, secret, user, browser, {"code": by})
    except Invalid:
        _refused(signing_in, user, browser, "code")
        raise


def finish_set_up(
    signing_in: SigningIn, secret: str, code: str, browser: Browser
) -> tuple[Opened, Sequence[str]]:
    """Confirm a second factor that is required before signing in. Also returns recovery codes.

    Raises Unauthenticated, Refused ``nothing_being_set_up``, Invalid.
    """
    user = waiting_user(signing_in, secret, Step.SET_UP)
    with signing_in.database.writing() as session:
        at = signing_in.clock.now()
        codes = second_factor.confirm(session, user, code, seal=signing_in.seal, at=at)
        note(session, "second_factor.set", user, at=at, place=browser.place)
        return _stepped(session, signing_in, secret, user, browser, {}), codes


def waiting_user(signing_in: SigningIn, secret: str, step: Step) -> User:
    """The user whose session awaits ``step``. Raises Unauthenticated."""
    with signing_in.database.reading() as session:
        row = find_session(session, secret, at=signing_in.clock.now(), idle=signing_in.life.idle)
    if row is None or row.awaits is not step or row.user.disabled_at is not None:
        raise Unauthenticated(text("Sign in first."))
    return row.user


def sign_out(signing_in: SigningIn, secret: str, browser: Browser) -> None:
    """End the session and log it; nothing is logged for one that is already over."""
    with signing_in.database.writing() as session:
        user_id = end_session(session, secret)
        if user_id is not None:
            user = session.get_one(User, user_id)
            note(session, "user.signed_out", user, at=signing_in.clock.now(), place=browser.place)


def _wrong_password() -> Invalid:
    return Invalid([FieldError("password", "wrong", text("That is not your password."))])


def renew_session(session: Session, signing_in: SigningIn, user: User, browser: Browser) -> Opened:
    """End all of the user's sessions, and begin one in place of the current one."""
    end_sessions(session, [user.id])
    at, life, place = signing_in.clock.now(), signing_in.life.whole, browser.place
    return Opened(open_session(session, user, at=at, life=life, place=place), user.id, None)


def set_language(session: Session, user_id: int, language: str) -> None:
    session.execute(update(User).filter_by(id=user_id).values(language=language))


def note(
    session: Session,
    kind: str,
    user: User,
    *,
    at: datetime,
    place: Place,
    words: Mapping[str, object] | None = None,
    **facts: object,
) -> None:
    """Log what the user did with their own account; ``words`` can be erased."""
    actor = actor_of(session, user, ()) or STRANGER
    record(
        session,
        kind,
        actor=replace(actor, address=place.address),
        at=at,
        subject=("user", user.id),
        client_id=actor.client_id,
        facts=facts,
        words=words,
    )


def _open(
    session: Session, signing_in: SigningIn, user: User, browser: Browser, *, tell: bool = True
) -> Opened:
    """``tell``: the log says when the browser is one they never signed in with before."""
    at, awaits = signing_in.clock.now(), second_factor.next_step(session, user.id)
    if awaits is Step.SET_UP:
        second_factor.begin(session, user, seal=signing_in.seal, at=at)
    secret = open_session(
        session, user, at=at, life=signing_in.life.whole, place=browser.place, awaits=awaits
    )
    if awaits is None:
        known = not tell or _is_known(signing_in, user, browser)
        _note_signed_in(session, signing_in, user, browser, {}, known=known)
    return Opened(secret, user.id, awaits)


def _stepped(
    session: Session,
    signing_in: SigningIn,
    secret: str,
    user: User,
    browser: Browser,
    facts: dict[str, str],
) -> Opened:
    """Raises Unauthenticated when the session that awaited the step is gone: it works once."""
    at = signing_in.clock.now()
    if end_session(session, secret) is None:
        raise Unauthenticated(text("Sign in first."))
    _note_signed_in(
        session, signing_in, user, browser, facts, known=_is_known(signing_in, user, browser)
    )
    life = signing_in.life.whole
    return Opened(open_session(session, user, at=at, life=life, place=browser.place), user.id, None)


def _is_known(signing_in: SigningIn, user: User, browser: Browser) -> bool:
    """Whether they signed in with this browser before."""
    return KnownBrowsers(signing_in.secret_key).read(browser.carried, user.id) is not None


def _note_signed_in(
    session: Session,
    signing_in: SigningIn,
    user: User,
    browser: Browser,
    facts: dict[str, str],
    *,
    known: bool,
) -> None:
    told: dict[str, Any] = facts if known else {**facts, "browser": "new"}
    note(session, "user.signed_in", user, at=signing_in.clock.now(), place=browser.place, **told)


def _refused(signing_in: SigningIn, user: User | None, browser: Browser, what: str) -> Refused:
    """Logged without what was typed: it may be a password in the wrong field."""
    with signing_in.database.writing() as session:
        record(
            session,
            "sign_in.refused",
            actor=replace(STRANGER, address=browser.place.address),
            at=signing_in.clock.now(),
            subject=("user", user.id if user else 0),
            facts={"what": what},
        )
    return Refused(text("The login or the password is wrong."), code="sign_in_refused")


def _told_since(session: Session, user: User, moment: datetime) -> bool:
    told = select(Event.id).filter_by(kind="notice.due", subject_kind="user", subject_id=user.id)
    return session.scalar(told.where(Event.at > moment).limit(1)) is not None
