"""Random secrets and their fingerprints."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from billing_panel.kernel.values.bounded_parsing import MOST, whole_number

# The largest key both databases store; anything above cannot exist and must not reach SQL.
MAX_ID = MOST


class Numbered(Protocol):
    """Whatever has an ``id``."""

    @property
    def id(self) -> int: ...


R = TypeVar("R", bound=Numbered)


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """SHA-256 of a random secret: what is stored, so that a stolen table opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def digest(content: Mapping[str, object]) -> str:
    """SHA-256 of a command's content, equal for equal content whatever the order of its keys."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def addressed(address: str, rows: Iterable[R], name: Callable[[R], str]) -> R | None:
    """Which of ``rows`` an address means that takes an id or a name; None: none of them.

    Digits are an id and never a name, whoever may be called so: what is sent to one person must
    not reach another. All logins and keys of today have more than digits, and small letters alone:
    of two of before that differ by them, the one named exactly so is meant.
    """
    if address.isdecimal():
        wanted = whole_number(address)
        return next((row for row in rows if row.id == wanted), None)
    named = [row for row in rows if name(row).lower() == address.lower()]
    return min(named, key=lambda row: name(row) != address, default=None)
