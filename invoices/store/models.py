"""Issued documents. A row is frozen at issue; corrections are documents of their own.

The database itself refuses to change them, what became of them and what was printed; the digest of
each stands in the log (``invoices.store.digests``).
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.db import Base, BigId, Json, UtcDateTime, one_of
from invoices.document import Kind, Mark


class IssuedDocument(Base):
    """``content`` is the whole document as plain values; ``total`` in minor units.

    It is number ``n`` of its ``series`` in ``year``, 0 where that counts through all years.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("provider_id", "kind", "number"),
        Index("ix_document_place", "provider_id", "series", "year", "n", unique=True),
        Index(None, "client_id", "id"),
        {"info": append_only()},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider_id: Mapped[int] = mapped_column(BigId, ForeignKey("provider.id"))
    client_id: Mapped[int] = mapped_column(BigId, ForeignKey("client.id"))
    kind: Mapped[Kind] = mapped_column(one_of(Kind))
    number: Mapped[str] = mapped_column(String(64), index=True)
    series: Mapped[str] = mapped_column(String(16))
    year: Mapped[int]
    n: Mapped[int] = mapped_column(BigId)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_on: Mapped[date]
    due_on: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    total: Mapped[int] = mapped_column(BigId)
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    events: Mapped[list["DocumentEvent"]] = relationship(lazy="selectin")

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None

    @property
    def voided_at(self) -> datetime | None:
        return {event.kind: event.at for event in self.events}.get(DocumentEventKind.VOIDED)


class DocumentEventKind(StrEnum):
    """What may become of an issued document."""

    VOIDED = "voided"


class DocumentEvent(Base):
    """What became of an issued document. Only ever added to; the document itself never changes."""

    __tablename__ = "document_event"
    __table_args__ = ({"info": append_only()},)

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True)
    kind: Mapped[DocumentEventKind] = mapped_column(one_of(DocumentEventKind), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("user_account.id"))


class DocumentFile(Base):
    """The printed bytes, kept at the first print: from then on they are the document."""

    __tablename__ = "document_file"
    __table_args__ = ({"info": append_only()},)

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DocumentCopy(Base):
    """The same document with a mark across its head, that it asks for money no more.

    Kept once for each mark and the day that it names, like the document itself.
    """

    __tablename__ = "document_copy"
    __table_args__ = ({"info": append_only()},)

    document_id: Mapped[int] = mapped_column(BigId, ForeignKey("document.id"), primary_key=True)
    mark: Mapped[Mark] = mapped_column(one_of(Mark), primary_key=True)
    marked_on: Mapped[date] = mapped_column(primary_key=True)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
