"""A request that comes twice is done once.

The key is inserted first, in the transaction of the effect, and the answer is kept beside it. A
second request with the same key waits for the first to commit (on PostgreSQL at the unique key, on
SQLite at BEGIN IMMEDIATE) and is given its answer. A transaction that fails leaves no key behind.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.secret_fingerprints import digest

MAX_KEY = 200


class RequestKey(Base):
    """A ``key`` within its ``scope``, what it came with, as a digest, and what was answered."""

    __tablename__ = "request_key"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scope: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    content: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    answer: Mapped[dict[str, Any] | None] = mapped_column(Json)


@dataclass(frozen=True)
class KeyedAnswer:
    """``answer`` is plain JSON; ``replayed`` tells that it was given before."""

    answer: dict[str, Any]
    replayed: bool


def once(
    session: Session,
    run: Callable[[], dict[str, Any]],
    *,
    scope: str,
    key: str,
    content: Mapping[str, object],
    at: datetime,
) -> KeyedAnswer:
    """``run()``, or the answer it gave when ``key`` came first.

    Raises Conflict ``idempotency_key_reused`` when the key came with other content.
    """
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        message = text("A request key must have 1 to %(most)s printable characters.", most=MAX_KEY)
        raise Invalid([FieldError("request_key", "length", message)])
    wanted = digest(content)
    if _take(session, RequestKey(scope=scope, key=key, content=wanted, at=at)):
        answer = run()
        stored = session.scalars(select(RequestKey).filter_by(scope=scope, key=key)).one()
        stored.answer = answer
        return KeyedAnswer(answer, replayed=False)
    first = session.scalars(select(RequestKey).filter_by(scope=scope, key=key)).one()
    if first.content != wanted:
        raise Conflict(
            text("This request key was used for something else; use a new one."),
            code="idempotency_key_reused",
        )
    return KeyedAnswer(first.answer or {}, replayed=True)


def _take(session: Session, row: RequestKey) -> bool:
    values = {"scope": row.scope, "key": row.key, "content": row.content, "at": row.at}
    row_or_nothing = insert_into(session, RequestKey).values(**values).on_conflict_do_nothing()
    return session.scalar(row_or_nothing.returning(RequestKey.id)) is not None
