"""The one log: what happened, written in the transaction that made it happen, never changed.

Timelines, audit, feeds and mail read it. People stand in it by id, so that they can be anonymised.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.actor import Actor, ActorKind
from billing_panel.kernel.db import Base, BigId, Json, UtcDateTime, one_of


class Event(Base):
    __tablename__ = "event"
    __table_args__ = (Index(None, "subject_kind", "subject_id", "id"),)

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


def record(
    session: Session,
    kind: str,
    *,
    actor: Actor,
    at: datetime,
    subject: tuple[str, int],
    provider_id: int | None = None,
    client_id: int | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write one event. ``kind`` is ``noun.past_participle``; ``subject`` is (noun, id)."""
    subject_kind, subject_id = subject
    session.add(
        Event(
            at=at,
            kind=kind,
            actor_kind=actor.kind,
            user_id=actor.user_id,
            provider_id=provider_id,
            client_id=client_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            facts=dict(facts or {}),
        )
    )
