"""Random secrets, and the fingerprints by which they are found again."""

import hashlib
import json
import secrets
from collections.abc import Mapping


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
