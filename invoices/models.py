"""Issued documents. A row is frozen at issue; corrections are documents of their own."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.db import Base, BigId, Json, UtcDateTime, one_of
from invoices.document import Kind


class IssuedDocument(Base):
    """``content`` is the whole document as plain values; ``total`` in minor units."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("provider_id", "kind", "number"),
        Index(None, "client_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    kind: Mapped[Kind] = mapped_column(one_of(Kind))
    number: Mapped[str] = mapped_column(String(64), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigId)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    events: Mapped[list["DocumentEvent"]] = relationship(lazy="selectin")

    @property
    def is_void(self) -> bool:
        return any(event.kind is DocumentEventKind.VOIDED for event in self.events)


class DocumentEventKind(StrEnum):
    VOIDED = "voided"


class DocumentEvent(Base):
    """What became of an issued document. Only ever added to; the document itself never changes."""

    __tablename__ = "document_event"

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True)
    kind: Mapped[DocumentEventKind] = mapped_column(one_of(DocumentEventKind), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))


class DocumentFile(Base):
    """The printed bytes, kept at the first print: from then on they are the document."""

    __tablename__ = "document_file"

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
