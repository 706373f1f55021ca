"""What correspondence holds about a client, for export and erasure.

Internal notes are staff's own: they are not handed out, and forgotten like the rest.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.language.text import text
from plugins.messages.store.models import Attachment, Dialogue, Message
from plugins.orders.store.models import number_of


def _of(client_id: int) -> ColumnElement[bool]:
    own = select(Dialogue.id).where(Dialogue.client_id == client_id)
    return Message.dialogue_id.in_(own)


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.execute(
        select(Message, Dialogue.order_id)
        .join(Dialogue, Dialogue.id == Message.dialogue_id)
        .where(Dialogue.client_id == client_id, Message.internal.is_(False))
        .order_by(Message.id)
    )
    return {
        "messages": [
            {
                "id": row.id,
                "order": None if order_id is None else number_of(order_id),
                "at": row.at.isoformat(),
                "side": row.side.value,
                "automatic": row.automatic,
                "text": row.text,
                "said": row.said,
            }
            for row, order_id in rows
        ]
    }


def _files(session: Session, client_id: int) -> Mapping[str, bytes]:
    rows = session.execute(
        select(Attachment.id, Attachment.name, Attachment.content)
        .join(Message, Message.id == Attachment.message_id)
        .where(_of(client_id), Message.internal.is_(False))
    )
    return {f"messages/{row.id}-{row.name}": row.content for row in rows}


def _has_words(client_id: int) -> ColumnElement[bool]:
    """Written by somebody, or with words that name them."""
    return and_(_of(client_id), or_(Message.text != "", Message.said.is_(None)))


def _preview(session: Session, client_id: int) -> Preview:
    count = select(func.count())
    written = session.scalar(count.select_from(Message).where(_has_words(client_id)))
    messages = select(Message.id).where(_of(client_id))
    attached = session.scalar(
        count.select_from(Attachment).where(Attachment.message_id.in_(messages))
    )
    return Preview(
        erased=(
            text("Texts of messages and notes: %(number)s.", number=written),
            text("Files attached to messages: %(number)s.", number=attached),
        )
    )


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    messages = select(Message.id).where(_of(client_id))
    session.execute(delete(Attachment).where(Attachment.message_id.in_(messages)))
    session.execute(update(Message).where(_of(client_id)).values(text=""))


MESSAGE_RECORDS = ClientRecords(export=_export, files=_files, preview=_preview, erase=_erase)
