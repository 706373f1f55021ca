"""Browsers in which somebody signed in before. Each carries a signed mark of its own.

The mark opens nothing. It only tells a person's own browser from a stranger's, so that strangers
who guess their password don't make them wait (failed_attempts.py).
"""

from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from billing_panel.kernel.values.secret_fingerprints import new_secret

MARK_LIFE = timedelta(days=365)


@dataclass(frozen=True)
class KnownBrowsers:
    """The marks of known browsers, signed and read; each is one user's, and good for MARK_LIFE."""

    secret_key: str

    def mark(self, user_id: int) -> str:
        """What a browser carries from now on."""
        return self._signer().dumps([user_id, new_secret()])

    def read(self, carried: str | None, user_id: int) -> str | None:
        """The mark ``carried``, if it is one of this user's."""
        try:
            owner, mark = self._signer().loads(
                carried or "", max_age=int(MARK_LIFE.total_seconds())
            )
        except (BadData, ValueError, TypeError):
            return None
        return str(mark) if owner == user_id else None

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret_key, salt="known-browser")
