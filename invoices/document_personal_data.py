"""The documents of a client, for export; erasure keeps them, as the law requires."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.files.plain_row_values import plain_row
from billing_panel.kernel.language.text import text
from invoices.store.einvoice_deliveries import DocumentDelivery
from invoices.store.models import DocumentCopy, DocumentFile, IssuedDocument


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    found = select(IssuedDocument).where(IssuedDocument.client_id == client_id)
    delivered = (
        select(DocumentDelivery)
        .join(IssuedDocument, IssuedDocument.id == DocumentDelivery.document_id)
        .where(IssuedDocument.client_id == client_id)
        .order_by(DocumentDelivery.document_id, DocumentDelivery.sender, DocumentDelivery.step)
    )
    return {
        "documents": [plain_row(row) for row in session.scalars(found.order_by(IssuedDocument.id))],
        "document_deliveries": [plain_row(row) for row in session.scalars(delivered)],
    }


def _files(session: Session, client_id: int) -> Mapping[str, bytes]:
    """The printed ones; the content of all of them is in the file itself."""
    printed = session.execute(
        select(DocumentFile.document_id, DocumentFile.pdf)
        .join(IssuedDocument, IssuedDocument.id == DocumentFile.document_id)
        .where(IssuedDocument.client_id == client_id)
    )
    copies = session.execute(
        select(
            DocumentCopy.document_id, DocumentCopy.mark, DocumentCopy.marked_on, DocumentCopy.pdf
        )
        .join(IssuedDocument, IssuedDocument.id == DocumentCopy.document_id)
        .where(IssuedDocument.client_id == client_id)
    )
    return {f"documents/{row.document_id}.pdf": row.pdf for row in printed} | {
        f"documents/{row.document_id}-{row.mark}-{row.marked_on}.pdf": row.pdf for row in copies
    }


def _preview(session: Session, client_id: int) -> Preview:
    number = session.scalar(
        select(func.count())
        .select_from(IssuedDocument)
        .where(IssuedDocument.client_id == client_id)
    )
    return Preview(
        kept=(
            text(
                "Documents as issued, with the client’s name on them: %(number)s."
                " The law requires that they are kept unchanged.",
                number=number,
            ),
        )
    )


DOCUMENT_RECORDS = ClientRecords(export=_export, files=_files, preview=_preview)
