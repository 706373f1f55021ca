"""The chain: each event's hash is over itself and the hash before it."""

from dataclasses import dataclass
from datetime import UTC

from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.secret_fingerprints import digest

# what stands before the first event
BEGINNING = "0" * 64


@dataclass(frozen=True)
class Head:
    """The end of the chain: the last event in it and its hash."""

    event_id: int
    hash: str


class Broken(Refused):
    """The log is not what was sealed."""

    code = "chain_broken"


def link(previous: str, event: Event) -> str:
    """The hash of ``event`` after ``previous``. Of what is personal it sees the digest alone."""
    return digest(
        {
            "previous": previous,
            "id": event.id,
            "at": event.at.astimezone(UTC).isoformat(),
            "kind": event.kind,
            "actor_kind": event.actor_kind.value,
            "user_id": event.user_id,
            "provider_id": event.provider_id,
            "client_id": event.client_id,
            "subject_kind": event.subject_kind,
            "subject_id": event.subject_id,
            "facts": event.facts,
            "personal_digest": event.personal_digest,
        }
    )
