"""Rows: endpoints with their secrets, what is to be delivered there, and each try."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.column_types import (
    Base,
    BigId,
    Json,
    JsonOrNull,
    UtcDateTime,
    one_of,
)

MAX_TITLE = 128
MAX_URL = 1000
# of what a receiver answers with, as much as tells what is wrong
MAX_ANSWER = 1000
MAX_PROBLEM = 32
WAITS = sql("state = 'waiting'")


class OffReason(StrEnum):
    """Why nothing is delivered to an endpoint."""

    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"
    PERSON = "person"


class DeliveryState(StrEnum):
    """``DEAD``: given up, until somebody delivers it again. ``WITHHELD``: it may not be told."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"
    WITHHELD = "withheld"


class Endpoint(Base):
    """Where a provider's events of these ``kinds`` are posted.

    ``user_id``: who saved it last; it receives what they may see, and no more than ``functions``
    where they saved it with a token of these alone. ``event_id``: the log was read up to there.
    ``off_at`` None: it is on. ``failing_since``: nothing has arrived since its first failure then.
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), index=True)
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    url: Mapped[str] = mapped_column(String(MAX_URL))
    kinds: Mapped[list[str]] = mapped_column(Json)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"))
    functions: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    event_id: Mapped[int] = mapped_column(BigId)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    off_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    off_reason: Mapped[OffReason | None] = mapped_column(one_of(OffReason))
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)

    provider: Mapped[Provider] = relationship(innerjoin=True)
    user: Mapped[User] = relationship(innerjoin=True)


class EndpointSecret(Base):
    """What deliveries are signed with, sealed. ``good_until`` None: it is the newest."""

    __tablename__ = "webhook_secret"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(BigId, ForeignKey("webhook_endpoint.id"), index=True)
    sealed: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    good_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Delivery(Base):
    """An event that one endpoint is told, under the same ``message_id`` however often it is tried.

    ``lane``: what it is about, such as ``order:17``; of one lane the next waits for the one before.
    ``event_id`` None: a test. ``tries``: since it was last begun anew. ``claim``: of the worker
    that tries it now, until ``claimed_until``.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index(None, "endpoint_id", "state", "id"),
        Index(
            "ix_webhook_delivery_lane",
            "endpoint_id",
            "lane",
            "id",
            sqlite_where=WAITS,
            postgresql_where=WAITS,
        ),
        Index("ix_webhook_delivery_due", "due_at", sqlite_where=WAITS, postgresql_where=WAITS),
        Index(None, "ended_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(BigId, ForeignKey("webhook_endpoint.id"))
    event_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("event.id"))
    message_id: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(64))
    lane: Mapped[str] = mapped_column(String(64))
    state: Mapped[DeliveryState] = mapped_column(
        one_of(DeliveryState), default=DeliveryState.WAITING
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(MAX_PROBLEM))
    status: Mapped[int | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryAttempt(Base):
    """One try: how long it took, the ``status`` of the answer, or the ``problem`` there was."""

    __tablename__ = "webhook_attempt"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(BigId, ForeignKey("webhook_delivery.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    milliseconds: Mapped[int]
    status: Mapped[int | None]
    problem: Mapped[str | None] = mapped_column(String(MAX_PROBLEM))
    answer: Mapped[str] = mapped_column(String(MAX_ANSWER), default="")
