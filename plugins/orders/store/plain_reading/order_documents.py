"""Documents of orders, with what became of them; what they say is read when it is looked at."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BigInteger, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from billing_panel.kernel.database.plain_objects import Beside
from billing_panel.kernel.database.plain_rows import plain
from invoices.store.models import DocumentEvent, IssuedDocument
from plugins.orders.store.models import OrderDocument

_DOCUMENT = Beside(IssuedDocument, 1, without=["content"])
_EVENT = Beside(DocumentEvent, _DOCUMENT.end)
_DOCUMENTS = (
    select(OrderDocument.order_id, *_DOCUMENT.columns, *_EVENT.columns)
    .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
    .outerjoin(DocumentEvent, DocumentEvent.document_id == IssuedDocument.id)
    .where(OrderDocument.order_id.in_(bindparam("order_ids", type_=BigInteger(), expanding=True)))
    .order_by(IssuedDocument.id)
)


def documents_of(
    session: Session, order_ids: Sequence[int]
) -> Mapping[int, Sequence[IssuedDocument]]:
    """By order, oldest first, as they are now; an order that has none is not there."""
    found = defaultdict[int, dict[IssuedDocument, list[DocumentEvent]]](dict)
    for row in plain(session, _DOCUMENTS, {"order_ids": [*order_ids]}):
        document, event = _read(session, row)
        events = found[row.order_id].setdefault(document, [])
        if event is not None:
            events.append(event)
    for documents in found.values():
        for document, events in documents.items():
            set_committed_value(document, "events", events)
    return {order_id: [*documents] for order_id, documents in found.items()}


def _read(session: Session, row: Any) -> tuple[IssuedDocument, DocumentEvent | None]:
    document = cast("IssuedDocument", _DOCUMENT.of(session, row, anew=True))
    return document, _EVENT.of(session, row, anew=True)
