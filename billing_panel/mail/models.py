"""Letters, their states and answers, a provider's own texts, and how far the log was read."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import (
    Base,
    BigId,
    Json,
    JsonOrNull,
    UtcDateTime,
    one_of,
)

MAX_ADDRESS = 320
MAX_KEY = 200
MAX_ANSWER = 500


class LetterState(StrEnum):
    """The state of a letter.

    ``HANDING_OVER``: its text is on its way to the server. ``UNCERTAIN``: there the connection or
    the worker was lost, and it may have arrived. ``SHOWN``: on the Outbox page instead of sent.
    """

    WAITING = "waiting"
    HANDING_OVER = "handing_over"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    SHOWN = "shown"


class LetterRow(Base):
    """A letter to one address, once by ``key``.

    ``subject`` and ``text`` are the template it was first tried with: sent again it is the same.
    ``secrets`` is sealed and gone once the letter was sent. ``due_at``: when it is tried next,
    ``give_up_at``: when no more. Whoever tries it holds it by ``claim`` until ``claimed_until``.
    ``takes_answers``: it may be answered by mail. ``erased_at``: whom it was to and what it said
    was forgotten.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "provider_id", "id"),
        Index(None, "client_id", "id"),
        Index(None, "user_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY), unique=True)
    kind: Mapped[str] = mapped_column(String(64))
    state: Mapped[LetterState] = mapped_column(one_of(LetterState))
    to: Mapped[str] = mapped_column(String(MAX_ADDRESS))
    language: Mapped[str] = mapped_column(String(8))
    values: Mapped[dict[str, str]] = mapped_column(Json)
    secrets: Mapped[str | None]
    provider_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    thread: Mapped[str | None] = mapped_column(String(64))
    attachments: Mapped[list[list[str | int]] | None] = mapped_column(JsonOrNull)
    subject: Mapped[str | None]
    text: Mapped[str | None]
    posted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    give_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    claim: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str | None] = mapped_column(String(32))
    answer: Mapped[str] = mapped_column(String(MAX_ANSWER), default="")
    takes_answers: Mapped[bool] = mapped_column(default=False)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ArrivalState(StrEnum):
    """What became of an answer by mail."""

    TAKEN = "taken"
    REFUSED = "refused"


class MailArrival(Base):
    """An answer to a letter, once by ``key``.

    ``sender`` and ``subject`` are kept of one that was refused; ``problem`` says why it was.
    """

    __tablename__ = "mail_arrival"
    __table_args__ = (
        Index(None, "provider_id", "id"),
        Index(None, "client_id", "id"),
        Index(None, "letter_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[ArrivalState] = mapped_column(one_of(ArrivalState))
    problem: Mapped[str | None] = mapped_column(String(32))
    letter_id: Mapped[int] = mapped_column(BigId, ForeignKey("letter.id"))
    provider_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    sender: Mapped[str] = mapped_column(String(MAX_ADDRESS), default="")
    subject: Mapped[str] = mapped_column(String(200), default="")


class MailText(Base):
    """What a provider writes instead of the usual text of one kind, in one language."""

    __tablename__ = "mail_template"
    __table_args__ = (UniqueConstraint("provider_id", "kind", "language"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    kind: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str]
    text: Mapped[str]


class MailSender(Base):
    """The sender of a provider's letters: a name, where replies go, and the footer."""

    __tablename__ = "mail_sender"

    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    reply_to: Mapped[str] = mapped_column(String(MAX_ADDRESS), default="")
    footers: Mapped[dict[str, str]] = mapped_column(Json, default=dict)


class MailCursor(Base):
    """One row: up to which event letters about accounts were posted."""

    __tablename__ = "mail_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigId)
