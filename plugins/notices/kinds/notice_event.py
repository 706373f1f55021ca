"""An event, with what is needed to say whom it concerns. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from billing_panel.kernel.values.actor import Actor, ActorKind
from plugins.notices.kinds.known_kinds import is_for
from plugins.notices.kinds.notice_kind import NoticeKind


@dataclass(frozen=True)
class Happening:
    """``kind`` is the event's. ``by``, ``user_id``: who did it. ``order_id``: of which order it is.

    ``to_user``: the one person whom it concerns, of what concerns one.
    """

    event_id: int
    kind: str
    at: datetime
    by: ActorKind
    user_id: int | None
    provider_id: int | None
    client_id: int | None
    subject: tuple[str, int]
    order_id: int | None = None
    to_user: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def moment(self) -> tuple[object, ...]:
        """Equal of all that one step of an order brought."""
        about = ("order", self.order_id) if self.order_id else self.subject
        return about, self.at, self.by, self.user_id


def concerns(kind: NoticeKind, happening: Happening, reader: Actor) -> bool:
    """Whether ``reader`` is told of it: by side, provider or client, and functions held.

    What somebody did is no news to them; a receipt is still sent (``NoticeKind.is_receipt``).
    """
    if not is_for(kind, reader) or not _in_scope(happening, reader):
        return False
    if kind.to_one:
        return happening.to_user == reader.user_id
    return kind.is_receipt or not is_own(happening, reader)


def is_own(happening: Happening, reader: Actor) -> bool:
    """Whether ``reader`` did it."""
    return happening.user_id is not None and happening.user_id == reader.user_id


def _in_scope(happening: Happening, reader: Actor) -> bool:
    """As ``scope`` has it for queries: a client's own, or of a provider they work for."""
    if reader.client_id is not None:
        return happening.client_id == reader.client_id
    return reader.provider_ids is None or happening.provider_id in reader.provider_ids
