"""Random secrets and their fingerprints."""

import hashlib
import json
import secrets
from collections.abc import Mapping

# The largest key both databases store; anything above cannot exist and must not reach SQL.
MAX_ID = 2**63 - 1


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


def as_id(written: str) -> int | None:
    """An id as an address or a form has it, or None."""
    plain = written.isascii() and written.isdecimal() and len(written) <= len(str(MAX_ID))
    return int(written) if plain and int(written) <= MAX_ID else None
