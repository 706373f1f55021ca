"""Notices, what each person chose about them, and how far the log was read for them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime, one_of

MAX_RECIPIENT = 80


class Route(StrEnum):
    """Where a notice goes: to a person's screens, or into a letter."""

    SCREEN = "screen"
    MAIL = "mail"


class MailState(StrEnum):
    """``MOOT``: by the time it could be sent there was nothing left to say."""

    WAITING = "waiting"
    POSTED = "posted"
    MOOT = "moot"


class Notice(Base):
    """An event told to one recipient by one route, once (``event_id``, ``recipient``, ``route``).

    ``recipient``: ``user:5``, or an address that is no person's: ``client:3``, ``provider:1``,
    ``accounting:3:`` with the digest of the address. ``user_id`` None there.

    Of a screen's: ``listed``: it stands on the page of notices; ``sound``, ``desktop``: how else it
    makes itself known; ``read_at`` None: it is new. Of a letter: ``mail``, and ``due_at``, before
    which quiet hours hold it. What it says is read from the event whenever it is shown.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("event_id", "recipient", "route"),
        Index(None, "user_id", "route", "id"),
        Index(
            "ix_notice_unread",
            "user_id",
            "route",
            "id",
            # word for word what a statement says, or SQLite does not use it
            sqlite_where=sql("listed = 1 AND read_at IS NULL"),
            postgresql_where=sql("listed AND read_at IS NULL"),
        ),
        Index(
            "ix_notice_waiting",
            "due_at",
            sqlite_where=sql("mail = 'waiting'"),
            postgresql_where=sql("mail = 'waiting'"),
        ),
        Index(None, "client_id"),
        CheckConstraint("(mail IS NULL) = (route <> 'mail')", name="mail"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("event.id"))
    recipient: Mapped[str] = mapped_column(String(MAX_RECIPIENT))
    route: Mapped[Route] = mapped_column(one_of(Route))
    kind: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))
    provider_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("client.id"))
    listed: Mapped[bool] = mapped_column(default=False)
    sound: Mapped[bool] = mapped_column(default=False)
    desktop: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail: Mapped[MailState | None] = mapped_column(one_of(MailState))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NoticeChoice(Base):
    """By what a person is told of one kind, where they chose something; ``channels`` by name."""

    __tablename__ = "notice_choice"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    channels: Mapped[list[str]] = mapped_column(Json)


class QuietHours(Base):
    """When a person wants no mail and no sound, each day in their own zone.

    Minutes after midnight; where ``ends`` is not after ``begins`` it is of the next day.
    """

    __tablename__ = "notice_quiet_hours"
    __table_args__ = (
        CheckConstraint("begins BETWEEN 0 AND 1439 AND ends BETWEEN 0 AND 1439", name="minutes"),
    )

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    begins: Mapped[int]
    ends: Mapped[int]
    timezone: Mapped[str] = mapped_column(String(64))


class OrdersSeen(Base):
    """When a client's user last looked at the list of their orders."""

    __tablename__ = "notice_orders_seen"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DateTold(Base):
    """Of which deadline, or day to pay by, of an order an event was written: once each."""

    __tablename__ = "notice_date_told"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    event: Mapped[str] = mapped_column(String(32), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class NoticeCursor(Base):
    """One row, locked by whoever makes or posts notices: all events up to ``event_id`` are told."""

    __tablename__ = "notice_cursor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigId)
