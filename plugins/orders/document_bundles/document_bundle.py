"""Documents in one file, while they are printed and for a day after."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from billing_panel.kernel.database.column_types import Base, BigId, Json, UtcDateTime

KEPT = timedelta(days=1)


class BundleForm(StrEnum):
    """One PDF with all pages, or an archive with a PDF for each document."""

    PDF = "pdf"
    ZIP = "zip"


class DocumentBundle(Base):
    """``documents``: their ids, in the order they were asked for; ``printed``: how many of them
    are, the first ones. ``failed``: ids of those that could not be printed. ``without``: of what
    was asked by orders, those that have no bill, by id, and the code of why.

    ``file``: what it is all in, of the ``form`` (``BundleForm``), once ``finished_at`` is there;
    None: nothing came of it. It is for the user ``user_id`` alone, and is removed a day after it
    was asked for.
    """

    __tablename__ = "document_bundle"
    __table_args__ = (Index("ix_document_bundle_finished_at", "finished_at", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("user_account.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    form: Mapped[str] = mapped_column(String(8), default=BundleForm.PDF.value)
    documents: Mapped[list[int]] = mapped_column(Json)
    without: Mapped[list[list[int | str]]] = mapped_column(Json, default=list)
    failed: Mapped[list[int]] = mapped_column(Json, default=list)
    printed: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    file: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))

    @property
    def total(self) -> int:
        """How many documents it is of."""
        return len(self.documents)

    @property
    def ready(self) -> int:
        """How many of them are in the file, once it is finished."""
        return self.total - len(self.failed)
