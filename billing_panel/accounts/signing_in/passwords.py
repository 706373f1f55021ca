"""Passwords: argon2id, and the same work whether or not the login exists."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.lazy_imports import Named

# its lists of words are long, and a password is seldom chosen
ESTIMATE = Named[Callable[..., Mapping[str, Any]]]("zxcvbn:zxcvbn")

MIN_LENGTH = 12
MAX_LENGTH = 256
# of five: below it a guesser who knows lists and keyboards needs fewer than a million tries
LEAST_SCORE = 2
# Letters written as signs make the estimate grow with every combination of them: of 72 characters
# it takes seconds, of these a second at most. What they are worth a longer password is worth too.
ESTIMATED_LENGTH = 32

_hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """Checked when there is no such user, so that the answer takes as long."""
    return _hasher.hash("nobody has this password")


@slow
def hash_password(password: str, *, login: str = "") -> str:
    """Raises Invalid: ``length``, ``guessable``.

    NIST SP 800-63B: no rules of composition, but nothing from lists of common passwords, nor the
    login, nor a row of the keyboard (ASVS 5.0 V6.2).
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        message = text("Use at least %(least)s characters for the password.", least=MIN_LENGTH)
        raise Invalid([FieldError("password", "length", message)])
    if _score(password, login) < LEAST_SCORE:
        message = text(
            "This password is among the first that attackers try; use four unrelated words."
        )
        raise Invalid([FieldError("password", "guessable", message)])
    return _hasher.hash(password)


def _score(password: str, login: str) -> int:
    known = [login, "billing", "panel"]
    return int(ESTIMATE()(password[:ESTIMATED_LENGTH], user_inputs=known)["score"])


@slow
def renewed(password_hash: str, password: str) -> str:
    """The hash, made again with today's costs when it was made with others."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(password_hash) else password_hash


@slow
def verify(password_hash: str | None, password: str) -> bool:
    """Tell whether the password is right. No hash: False, after as long a computation."""
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
