"""The one log: what happened, written in the transaction that made it happen, never changed.

Timelines, audit, feeds and mail read it. People stand in it by id, so that they can be anonymised;
words that a person typed and the address they came from can be forgotten, and leave their digest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime, one_of
from billing_panel.kernel.database.rows_written_at_commit import leave
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.secret_fingerprints import digest, new_secret

Personal = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Event(Base):
    """``personal``: ``{"salt", "address", "words"}``, or NULL: there was none, or it is erased.

    ``personal_digest`` stays when it is erased, and is what the seal is made over: the salt keeps
    anybody from guessing an address by its digest. The database refuses every other change.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index(None, "subject_kind", "subject_id", "id"),
        Index(None, "client_id", "at", "id"),
        Index(None, "user_id", "at", "id"),
        Index(None, "provider_id", "at", "id"),
        Index(None, "kind", "at", "id"),
        Index(None, "at", "id"),
        {"info": append_only(erasable="personal")},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(64))
    actor_kind: Mapped[ActorKind] = mapped_column(one_of(ActorKind))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    provider_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int] = mapped_column(BigId)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    personal: Mapped[dict[str, Any] | None] = mapped_column(Personal)
    personal_digest: Mapped[str | None] = mapped_column(String(64))

    @property
    def address(self) -> str:
        """Where the request came from; empty: from nowhere, or forgotten."""
        return str((self.personal or {}).get("address", ""))

    @property
    def told(self) -> dict[str, Any]:
        """The facts, and the words as far as they are not forgotten."""
        return {**self.facts, **(self.personal or {}).get("words", {})}

    @property
    def is_erased(self) -> bool:
        return self.personal is None and self.personal_digest is not None


# not as an object of the session, which would make each flush longer
WRITE = insert(Event)


def record(  # noqa: PLR0913 (an event says all of this)
    session: Session,
    kind: str,
    *,
    actor: Actor,
    at: datetime,
    subject: tuple[str, int],
    provider_id: int | None = None,
    client_id: int | None = None,
    facts: Mapping[str, object] | None = None,
    words: Mapping[str, object] | None = None,
) -> None:
    """Write one event, with the others of its transaction (``late_rows``).

    ``kind`` is ``noun.past_participle``; ``subject`` is (noun, id).

    ``words``: facts that somebody typed and that may tell of a person; they can be erased.
    """
    subject_kind, subject_id = subject
    personal = _personal(actor.address, words or {})
    event = {
        "at": at,
        "kind": kind,
        "actor_kind": actor.kind,
        "user_id": actor.user_id,
        "provider_id": provider_id,
        "client_id": client_id,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "facts": dict(facts or {}),
        "personal": personal,
        "personal_digest": digest(personal) if personal else None,
    }
    leave(session, WRITE, [event])


def _personal(address: str | None, words: Mapping[str, object]) -> dict[str, Any] | None:
    if not address and not words:
        return None
    return {"salt": new_secret(), "address": address or "", "words": dict(words)}
