"""Dialogues, their messages with attachments, who has read how far, and templates of answers.

What somebody wrote is kept as they wrote it; it is made safe when it is shown (``safe_text``).
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import (
    Base,
    BigId,
    Json,
    JsonOrNull,
    UtcDateTime,
    one_of,
)

GENERAL, NEW = sql("order_id IS NULL"), sql("appeals > 0")


class Side(StrEnum):
    """Who speaks: the client, or the provider with whatever is done in its name."""

    CLIENT = "client"
    STAFF = "staff"


class Pickup(StrEnum):
    """How far it is agreed that the client collects an order (M3)."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Dialogue(Base):
    """What a client and a provider write to each other: of one order, or (None) in general.

    ``messages``: how many they wrote; ``appeals``: how many of the client's no staff have read
    yet, which is one number for all of them. Neither counts internal notes and automatic entries.
    ``seen_id``: the message up to which staff have read. ``last_at``: of the newest message;
    ``last_open_at``: of the newest that is for the client too, None: there is none. ``pickup``: as
    ``Pickup`` says, None: nobody has offered that the order is collected.
    """

    __tablename__ = "dialogue"
    __table_args__ = (
        Index(
            "uq_dialogue_general",
            "client_id",
            "provider_id",
            unique=True,
            sqlite_where=GENERAL,
            postgresql_where=GENERAL,
        ),
        Index("ix_dialogue_client", "client_id", "last_open_at", "id"),
        Index("ix_dialogue_provider", "provider_id", "last_at", "id"),
        Index(
            "ix_dialogue_new",
            "provider_id",
            "last_at",
            "id",
            sqlite_where=NEW,
            postgresql_where=NEW,
        ),
        CheckConstraint("messages >= 0 AND appeals >= 0", name="counts"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    order_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("orders.id"), unique=True)
    messages: Mapped[int] = mapped_column(default=0)
    appeals: Mapped[int] = mapped_column(default=0)
    seen_id: Mapped[int] = mapped_column(BigId, default=0)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_open_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pickup: Mapped[str | None] = mapped_column(String(16))


class Message(Base):
    """``user_id`` None: the system. ``internal``: for staff alone.

    ``automatic``: it came with a step of the order; ``said`` is then what happened, as plain
    values, unless it has words of its own in ``text``. ``has_sums``: the words tell what the order
    costs.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(None, "dialogue_id", "id"),
        CheckConstraint("NOT internal OR side = 'staff'", name="internal"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    dialogue_id: Mapped[int] = mapped_column(BigId, ForeignKey("dialogue.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    side: Mapped[Side] = mapped_column(one_of(Side))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    internal: Mapped[bool] = mapped_column(default=False)
    automatic: Mapped[bool] = mapped_column(default=False)
    has_sums: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(default="")
    said: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)


class Attachment(Base):
    """A file that came with a message; ``name`` and ``media_type`` as ``attached_files`` has them.

    ``size`` in bytes.
    """

    __tablename__ = "message_attachment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int] = mapped_column(BigId, ForeignKey("message.id"), index=True)
    name: Mapped[str] = mapped_column(String(160))
    media_type: Mapped[str] = mapped_column(String(128))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class DialogueMark(Base):
    """Up to which message a person has read a dialogue."""

    __tablename__ = "dialogue_mark"

    dialogue_id: Mapped[int] = mapped_column(BigId, ForeignKey("dialogue.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("user_account.id"), primary_key=True, index=True
    )
    read_id: Mapped[int] = mapped_column(BigId)


class ReadyAnswer(Base):
    """An answer that a provider's staff may insert; ``texts`` by language, with placeholders."""

    __tablename__ = "answer_template"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    texts: Mapped[dict[str, str]] = mapped_column(Json)
