"""Refusing a change to something that has changed since the person looked at it."""

from collections.abc import Mapping

from billing_panel.kernel.language.errors import Conflict
from billing_panel.kernel.language.text import Text

STALE = "stale_version"


def refuse_stale_version(
    seen: int | None, now: int, message: Text, facts: Mapping[str, object] | None = None
) -> None:
    """Raise Conflict ``stale_version`` unless ``seen`` is the version of now; None: nobody asks.

    ``message`` says what has changed; ``facts`` are for programs.
    """
    if seen is not None and seen != now:
        raise Conflict(message, code=STALE, facts=facts or {})
