"""Marking notices as read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from plugins.notices.store.find_notices import read_these, read_up_to


@dataclass(frozen=True)
class MarkRead:
    """``up_to``: that one and all before it; or ``ids``. One of the two."""

    up_to: int | None = None
    ids: Sequence[int] | None = None


def mark_read(session: Session, command: MarkRead, *, actor: Actor, at: datetime) -> int:
    """How many were new. Those of others are left alone. Raises Invalid ``one_of_two``."""
    if (command.up_to is None) == (command.ids is None):
        message = text("Send either up_to or ids.")
        raise Invalid([FieldError("up_to", "one_of_two", message)])
    if command.ids is not None:
        return read_these(session, actor, command.ids, at=at)
    return read_up_to(session, actor, command.up_to, at=at)
