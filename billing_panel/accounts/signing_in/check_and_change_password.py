"""Passwords: compared, changed, chosen by a link, forgotten."""

from sqlalchemy.orm import Session

from billing_panel.accounts.people.login_names import named_users
from billing_panel.accounts.people.user_models import User
from billing_panel.accounts.signing_in import failed_attempts, openid_identities
from billing_panel.accounts.signing_in.api_tokens import end_tokens
from billing_panel.accounts.signing_in.failed_attempts import Counted
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.accounts.signing_in.passwords import MAX_LENGTH, hash_password, verify
from billing_panel.accounts.signing_in.sessions import (
    end_sessions,
)
from billing_panel.accounts.signing_in.sign_in import (
    NOTICE_EVERY,
    STRANGER,
    Browser,
    Opened,
    SigningIn,
    _open,
    _told_since,
    _wrong_password,
    note,
    renew_session,
)
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.tables.event_log import record


def check_password(signing_in: SigningIn, user_id: int, password: str, browser: Browser) -> User:
    """The user, as read when the password was correct. Raises Invalid, TooManyAttempts."""
    with signing_in.database.reading() as session:
        user = session.get_one(User, user_id)
    counted = signing_in.counted("password", user.login, user.id, browser)
    with signing_in.database.writing() as session:
        failed_attempts.count(session, counted, at=signing_in.clock.now())
    if not verify(user.password_hash, password[:MAX_LENGTH]):
        raise _wrong_password()
    with signing_in.database.writing() as session:
        failed_attempts.forgive(session, counted, at=signing_in.clock.now())
    return user


def change_password(
    signing_in: SigningIn, user_id: int, old: str, new: str, browser: Browser
) -> Opened:
    """Change one's password. Ends all sessions and tokens, and returns a new session.

    Raises Invalid, TooManyAttempts.
    """
    before = check_password(signing_in, user_id, old, browser)
    password_hash = hash_password(new, login=before.login)
    with signing_in.database.writing() as session:
        user = locked(session, User, user_id)
        if user is None or user.password_hash != before.password_hash:
            raise _wrong_password()
        ended = set_password(session, user, password_hash)
        at, place = signing_in.clock.now(), browser.place
        note(session, "password.changed", user, at=at, place=place, tokens=ended)
        return renew_session(session, signing_in, user, browser)


def set_password(session: Session, user: User, password_hash: str) -> int:
    """End all sessions and tokens of the user. Returns how many tokens."""
    user.password_hash = password_hash
    end_sessions(session, [user.id])
    return end_tokens(session, [user.id])


def forget_password(signing_in: SigningIn, named: str, browser: Browser) -> None:
    """Log that a link to choose a password is due to the user with that login or address.

    The link is made when it is sent, from the panel's public address: none is in the log.
    Raises TooManyAttempts by the caller's address, for any name.
    """
    at = signing_in.clock.now()
    counted = Counted(
        f"forgotten {failed_attempts.network(browser.place.address)}", signing_in.free_failures
    )
    with signing_in.database.writing() as session:
        failed_attempts.count(session, [counted], at=at)
    with signing_in.database.writing() as session:
        for user in named_users(session, named):
            if user.disabled_at or _told_since(session, user, at - NOTICE_EVERY):
                continue
            facts = {"to": "user", "language": user.language, "about": "choose_password"}
            subject = ("user", user.id)
            record(session, "notice.due", actor=STRANGER, at=at, subject=subject, facts=facts)


def use_link(signing_in: SigningIn, token: str, password: str, browser: Browser) -> Opened:
    """Choose a password by a one-time link; a second factor is still required.

    Everything that opened the account before stops working: sessions, tokens, an external account.

    Raises NotFound, Invalid.
    """
    links = OneTimeLinks(signing_in.secret_key)
    with signing_in.database.reading() as session:
        login = links.user(session, token).login
    password_hash = hash_password(password, login=login)
    with signing_in.database.writing() as session:
        user = links.user(session, token, to_use=True)
        ended = set_password(session, user, password_hash)
        at, place = signing_in.clock.now(), browser.place
        links.release(session, user, token, at=at)
        note(session, "password.changed", user, at=at, place=place, how="link", tokens=ended)
        if openid_identities.unbind(session, user.id):
            note(session, "identity.unbound", user, at=at, place=place, how="link")
        # the letter about the new password says so already
        return _open(session, signing_in, user, browser, tell=False)
