"""Signing in, step by step, and what else is done with a password, a code or a one-time link.

Each attempt is counted in a transaction of its own before it is judged, and a refusal is written
down in another: what is raised here has left its trace. Password hashes are computed between
transactions, so that nobody waits for them. The answer is the same for a login there is and one
there is not: the same sentence, one hash computed, one row counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.access.actors import actor_of, console
from billing_panel.accounts.people.logins import as_kept, find_user, named_users
from billing_panel.accounts.people.users import Step, User
from billing_panel.accounts.signing_in import failed_attempts, openid_identities, second_factor
from billing_panel.accounts.signing_in.api_tokens import end_tokens
from billing_panel.accounts.signing_in.failed_attempts import Counted
from billing_panel.accounts.signing_in.known_browsers import KnownBrowsers
from billing_panel.accounts.signing_in.one_time_links import OneTimeLinks
from billing_panel.accounts.signing_in.passwords import MAX_LENGTH, hash_password, renewed, verify
from billing_panel.accounts.signing_in.sessions import (
    NOWHERE,
    Life,
    Place,
    end_session,
    end_sessions,
    find_session,
    open_session,
)
from billing_panel.kernel.database.db import Database
from billing_panel.kernel.database.row_locks import lock_row, locked
from billing_panel.kernel.database.sealed_secrets import Seal
from billing_panel.kernel.language.errors import (
    FieldError,
    Invalid,
    Refused,
    Unauthenticated,
)
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event, record
from billing_panel.kernel.values.clock import Clock

# Whoever names somebody else's login again and again doesn't flood their inbox.
NOTICE_EVERY = timedelta(minutes=15)
# Behind one address sit many people.
ADDRESS_TIMES = 4
STRANGER = console(())


@dataclass(frozen=True)
class Comer:
    """Who stands at the door: the place they come from, and the mark their browser carries."""

    place: Place = NOWHERE
    carried: str | None = None


@dataclass(frozen=True)
class Opened:
    """A session that has begun. ``awaits``: nobody is signed in by it before that step is taken."""

    secret: str
    user_id: int
    awaits: Step | None


@dataclass(frozen=True)
class Door:
    """What signing in stands on. ``free_failures``: that many cost nothing."""

    database: Database
    clock: Clock
    secret_key: str
    free_failures: int = 5
    life: Life = field(default_factory=Life)

    @property
    def seal(self) -> Seal:
        return Seal(self.secret_key, second_factor.PURPOSE)

    def counted(
        self, what: str, login: str, user_id: int | None, comer: Comer
    ) -> Sequence[Counted]:
        """What an attempt is counted by; ``what`` is tried: a password, a code."""
        free, browsers = self.free_failures, KnownBrowsers(self.secret_key)
        mark = browsers.read(comer.carried, user_id) if user_id is not None else None
        if mark is not None:
            return [failed_attempts.of_browser(f"{what} {mark}", free)]
        address = failed_attempts.of_address(comer.place.address, free * ADDRESS_TIMES)
        return [address, failed_attempts.of_login(f"{what} {login}", free)]


def sign_in(door: Door, login: str, password: str, comer: Comer) -> Opened:
    """Raises Refused ``sign_in_refused``, the same whatever is wrong, and TooManyAttempts."""
    with door.database.reading() as session:
        user = find_user(session, login)
    # however it is typed it is counted as one
    login = as_kept(login)
    password_hash = user.password_hash if user and user.disabled_at is None else None
    counted = door.counted("password", login, user.id if user else None, comer)
    with door.database.writing() as session:
        failed_attempts.count(session, counted, at=door.clock.now())
    good = verify(password_hash, password[:MAX_LENGTH])
    if not good or user is None or password_hash is None:
        raise _refused(door, user, comer, "password")
    fresh = renewed(password_hash, password)
    with door.database.writing() as session:
        now = locked(session, User, user.id)
        if now and now.disabled_at is None and now.password_hash == password_hash:
            now.password_hash = fresh
            failed_attempts.forgive(session, counted, at=door.clock.now())
            return _open(session, door, now, comer)
    raise _refused(door, user, comer, "password")


def sign_in_from_outside(door: Door, issuer: str, subject: str, comer: Comer) -> Opened:
    """For whom the provider of sign-in has spoken. Raises Refused ``identity_unknown``.

    Their own second factor is asked for all the same.
    """
    with door.database.writing() as session:
        user = openid_identities.bound_user(session, issuer, subject)
        if user is not None:
            lock_row(session, user)
            bound = openid_identities.bound_user(session, issuer, subject)
            if bound is user and user.disabled_at is None:
                return _open(session, door, user, comer)
    _refused(door, user, comer, "openid")
    raise Refused(
        text(
            "No one here is connected with that account. Sign in with your"
            " password, then connect it on the page My account."
        ),
        code="identity_unknown",
    )


def give_code(door: Door, secret: str, code: str, comer: Comer) -> Opened:
    """The step after the password: a new session takes the place of the one that awaited it.

    Raises Unauthenticated, Invalid, TooManyAttempts.
    """
    user = waiting_user(door, secret, Step.CODE)
    counted = door.counted("code", user.login, user.id, comer)
    with door.database.writing() as session:
        failed_attempts.count(session, counted, at=door.clock.now())
    try:
        with door.database.writing() as session:
            by = second_factor.check_code(
                session, user.id, code, seal=door.seal, at=door.clock.now()
            )
            failed_attempts.forgive(session, counted, at=door.clock.now())
            return _stepped(session, door, secret, user, comer, {"code": by})
    except Invalid:
        _refused(door, user, comer, "code")
        raise


def finish_set_up(door: Door, secret: str, code: str, comer: Comer) -> tuple[Opened, Sequence[str]]:
    """The step for who must have a second factor: it is confirmed. Also gives recovery codes.

    Raises Unauthenticated, Refused ``nothing_being_set_up``, Invalid.
    """
    user = waiting_user(door, secret, Step.SET_UP)
    with door.database.writing() as session:
        at = door.clock.now()
        codes = second_factor.confirm(session, user, code, seal=door.seal, at=at)
        note(session, "second_factor.set", user, at=at, place=comer.place)
        return _stepped(session, door, secret, user, comer, {}), codes


def waiting_user(door: Door, secret: str, step: Step) -> User:
    """Whose session awaits ``step``. Raises Unauthenticated."""
    with door.database.reading() as session:
        row = find_session(session, secret, at=door.clock.now(), idle=door.life.idle)
    if row is None or row.awaits is not step or row.user.disabled_at is not None:
        raise Unauthenticated(text("Sign in first."))
    return row.user


def sign_out(door: Door, secret: str, comer: Comer) -> None:
    """End the session and write that in the log; of one that is over nothing is written."""
    with door.database.writing() as session:
        user_id = end_session(session, secret)
        if user_id is not None:
            user = session.get_one(User, user_id)
            note(session, "user.signed_out", user, at=door.clock.now(), place=comer.place)


def check_password(door: Door, user_id: int, password: str, comer: Comer) -> User:
    """The user as they were when the password was right. Raises Invalid, TooManyAttempts."""
    with door.database.reading() as session:
        user = session.get_one(User, user_id)
    counted = door.counted("password", user.login, user.id, comer)
    with door.database.writing() as session:
        failed_attempts.count(session, counted, at=door.clock.now())
    if not verify(user.password_hash, password[:MAX_LENGTH]):
        raise _wrong_password()
    with door.database.writing() as session:
        failed_attempts.forgive(session, counted, at=door.clock.now())
    return user


def change_password(door: Door, user_id: int, old: str, new: str, comer: Comer) -> Opened:
    """End all of their sessions and tokens; the session given goes on.

    Raises Invalid, TooManyAttempts.
    """
    before = check_password(door, user_id, old, comer)
    password_hash = hash_password(new, login=before.login)
    with door.database.writing() as session:
        user = locked(session, User, user_id)
        if user is None or user.password_hash != before.password_hash:
            raise _wrong_password()
        ended = set_password(session, user, password_hash)
        at, place = door.clock.now(), comer.place
        note(session, "password.changed", user, at=at, place=place, tokens=ended)
        return renew_session(session, door, user, comer)


def _wrong_password() -> Invalid:
    return Invalid([FieldError("password", "wrong", text("That is not your password."))])


def renew_session(session: Session, door: Door, user: User, comer: Comer) -> Opened:
    """End all their sessions, and begin one in place of the one they ask from."""
    end_sessions(session, [user.id])
    at, life, place = door.clock.now(), door.life.whole, comer.place
    return Opened(open_session(session, user, at=at, life=life, place=place), user.id, None)


def set_password(session: Session, user: User, password_hash: str) -> int:
    """End all sessions and tokens of the user. Returns how many tokens."""
    user.password_hash = password_hash
    end_sessions(session, [user.id])
    return end_tokens(session, [user.id])


def set_language(session: Session, user_id: int, language: str) -> None:
    session.execute(update(User).filter_by(id=user_id).values(language=language))


def forget_password(door: Door, named: str, comer: Comer) -> None:
    """Write down that a link to choose a password is due to whoever has that login or address.

    Whatever sends it makes the link then, from the panel's public address: none stands in the log.
    Raises TooManyAttempts by address, whoever is named.
    """
    at = door.clock.now()
    counted = Counted(
        f"forgotten {failed_attempts.network(comer.place.address)}", door.free_failures
    )
    with door.database.writing() as session:
        failed_attempts.count(session, [counted], at=at)
    with door.database.writing() as session:
        for user in named_users(session, named):
            if user.disabled_at or _told_since(session, user, at - NOTICE_EVERY):
                continue
            facts = {"to": "user", "language": user.language, "about": "choose_password"}
            subject = ("user", user.id)
            record(session, "notice.due", actor=STRANGER, at=at, subject=subject, facts=facts)


def use_link(door: Door, token: str, password: str, comer: Comer) -> Opened:
    """Choose a password by a one-time link; a second factor is asked for all the same.

    Whatever opened the account before opens it no more: sessions, tokens, an outside account.

    Raises NotFound, Invalid.
    """
    links = OneTimeLinks(door.secret_key)
    with door.database.reading() as session:
        login = links.user(session, token).login
    password_hash = hash_password(password, login=login)
    with door.database.writing() as session:
        user = links.user(session, token, to_use=True)
        ended = set_password(session, user, password_hash)
        at, place = door.clock.now(), comer.place
        links.release(session, user, token, at=at)
        note(session, "password.changed", user, at=at, place=place, how="link", tokens=ended)
        if openid_identities.unbind(session, user.id):
            note(session, "identity.unbound", user, at=at, place=place, how="link")
        # the letter about the new password tells them already
        return _open(session, door, user, comer, tell=False)


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
    """Write down what the user did with their own account; ``words`` can be forgotten."""
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


def _open(session: Session, door: Door, user: User, comer: Comer, *, tell: bool = True) -> Opened:
    """``tell``: the log says when the browser is one they never signed in with before."""
    at, awaits = door.clock.now(), second_factor.next_step(session, user.id)
    if awaits is Step.SET_UP:
        second_factor.begin(session, user, seal=door.seal, at=at)
    secret = open_session(
        session, user, at=at, life=door.life.whole, place=comer.place, awaits=awaits
    )
    if awaits is None:
        known = not tell or _is_known(door, user, comer)
        _note_signed_in(session, door, user, comer, {}, known=known)
    return Opened(secret, user.id, awaits)


def _stepped(
    session: Session, door: Door, secret: str, user: User, comer: Comer, facts: dict[str, str]
) -> Opened:
    """Raises Unauthenticated when the session that awaited the step is gone: it is good once."""
    at = door.clock.now()
    if end_session(session, secret) is None:
        raise Unauthenticated(text("Sign in first."))
    _note_signed_in(session, door, user, comer, facts, known=_is_known(door, user, comer))
    life = door.life.whole
    return Opened(open_session(session, user, at=at, life=life, place=comer.place), user.id, None)


def _is_known(door: Door, user: User, comer: Comer) -> bool:
    """Whether they signed in with this browser before."""
    return KnownBrowsers(door.secret_key).read(comer.carried, user.id) is not None


def _note_signed_in(
    session: Session, door: Door, user: User, comer: Comer, facts: dict[str, str], *, known: bool
) -> None:
    told: dict[str, Any] = facts if known else {**facts, "browser": "new"}
    note(session, "user.signed_in", user, at=door.clock.now(), place=comer.place, **told)


def _refused(door: Door, user: User | None, comer: Comer, what: str) -> Refused:
    """Written down without what was typed: it may be a password in the wrong field."""
    with door.database.writing() as session:
        record(
            session,
            "sign_in.refused",
            actor=replace(STRANGER, address=comer.place.address),
            at=door.clock.now(),
            subject=("user", user.id if user else 0),
            facts={"what": what},
        )
    return Refused(text("The login or the password is wrong."), code="sign_in_refused")


def _told_since(session: Session, user: User, moment: datetime) -> bool:
    told = select(Event.id).filter_by(kind="notice.due", subject_kind="user", subject_id=user.id)
    return session.scalar(told.where(Event.at > moment).limit(1)) is not None
