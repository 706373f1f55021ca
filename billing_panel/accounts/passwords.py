"""Passwords: argon2id, and the same work whether or not the login exists."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from billing_panel.kernel.errors import FieldError, Invalid
from billing_panel.kernel.text import text

MIN_LENGTH = 12
MAX_LENGTH = 256

_hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """Checked when there is no such user, so that the answer takes as long."""
    return _hasher.hash("nobody has this password")


def hash_password(password: str) -> str:
    """Raises Invalid when the password is too short or too long (NIST SP 800-63B: length only)."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        message = text("A password has at least %(least)s characters.", least=MIN_LENGTH)
        raise Invalid([FieldError("password", "length", message)])
    return _hasher.hash(password)


def renewed(password_hash: str, password: str) -> str:
    """The hash, made anew with today's costs when it was made with others."""
    return _hasher.hash(password) if _hasher.check_needs_rehash(password_hash) else password_hash


def verify(password_hash: str | None, password: str) -> bool:
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
