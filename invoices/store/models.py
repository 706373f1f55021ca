"""Issued documents. A row is frozen at issue; corrections are documents of their own.

The database itself refuses to change them, what became of them and what was printed; the digest of
each stands in the log (``invoices.store.digests``).
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing_panel.kernel.database.append_only import append_only
from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime, one_of
from invoices.document import EInvoicing, Kind, Mark
from invoices.store.einvoice_deliveries import DocumentDelivery, SendingState

# what *Print invoice* prints
PRINTED = frozenset({Kind.PROFORMA, Kind.ADVANCE, Kind.INVOICE})


class IssuedDocument(Base):
    """``content`` is the whole document as plain values; ``total`` in minor units.

    It is number ``n`` of its ``series`` in ``year``, 0 where that counts through all years.
    ``corrects_id``: of a credit note, the document of which it takes something back.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("provider_id", "kind", "number"),
        Index("ix_document_place", "provider_id", "series", "year", "n", unique=True),
        Index(None, "client_id", "id"),
        Index("ix_document_provider", "provider_id", "id"),
        Index("ix_document_days", "provider_id", "issued_on", "id"),
        Index(
            "ix_document_corrects",
            "corrects_id",
            sqlite_where=sql("corrects_id IS NOT NULL"),
            postgresql_where=sql("corrects_id IS NOT NULL"),
        ),
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
    corrects_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("document.id"))
    events: Mapped[list["DocumentEvent"]] = relationship(lazy="selectin")
    deliveries: Mapped[list[DocumentDelivery]] = relationship(
        order_by="DocumentDelivery.sender, DocumentDelivery.step", viewonly=True
    )

    @property
    def e_invoicing(self) -> EInvoicing:
        """As what kind of e-invoice it was issued."""
        return EInvoicing(self.content.get("e_invoicing", EInvoicing.OFF))

    @property
    def answered(self) -> list[DocumentDelivery]:
        """How it fared on its way, for each sender that it goes by."""
        is_sent = self.e_invoicing is not EInvoicing.OFF or self.kind is Kind.RECEIPT
        steps = self.deliveries if is_sent else []
        return [step for step in steps if step.state is not SendingState.NOT_ADDRESSED]

    @property
    def registered(self) -> DocumentDelivery | None:
        """Of a receipt, the step with which a fiscal device took it; None: none has yet."""
        taken = (step for step in self.answered if step.state is SendingState.ACCEPTED)
        return next((step for step in taken if step.device), None)

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


class Billed:
    """Something that documents are issued for, oldest first."""

    documents: Any

    @property
    def bills(self) -> Sequence[IssuedDocument]:
        """Its pro-formas, which ask for money; those annulled too."""
        return [row for row in self.documents if row.kind is Kind.PROFORMA]

    @property
    def to_print(self) -> IssuedDocument | None:
        """Its invoice, and before there is one the bill that is not annulled (H7)."""
        shown = [row for row in self.documents if row.kind in PRINTED and not row.is_void]
        return max(shown, key=lambda row: (row.kind is not Kind.PROFORMA, row.id), default=None)
