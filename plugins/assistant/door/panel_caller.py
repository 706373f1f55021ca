"""The panel's API as the assistant's door calls it: with one token, over http, reading but drafts.

The door holds no database. Whatever is asked of it, it can do no more than these requests do, and
the API lets them do no more than the token.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import requests

SECONDS = 60
Json = Mapping[str, Any]


class NotAnswered(Exception):
    """``said`` is what the panel answered instead, or why nothing came."""

    def __init__(self, said: Json) -> None:
        super().__init__(str(said.get("detail", "")))
        self.said = said


class Caller(Protocol):
    """Asks the API; ``path`` below ``/api/v1``."""

    def __call__(
        self, method: str, path: str, *, query: Json | None = None, body: Json | None = None
    ) -> Any:
        """The answer's JSON. Raises NotAnswered."""
        ...


class HttpCaller:
    """Over http to the panel at ``address``."""

    def __init__(self, address: str, token: str) -> None:
        self._base = f"{address.rstrip('/')}/api/v1"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def __call__(
        self, method: str, path: str, *, query: Json | None = None, body: Json | None = None
    ) -> Any:
        try:
            answer = self._session.request(
                method,
                f"{self._base}{path}",
                params=dict(query or {}),
                json=body,
                timeout=SECONDS,
                # another host would get the token
                allow_redirects=False,
            )
            said = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise NotAnswered({"detail": "The panel could not be reached."}) from error
        if not answer.ok:
            raise NotAnswered(said if isinstance(said, dict) else {"detail": str(said)})
        return said
