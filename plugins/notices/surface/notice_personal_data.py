"""The notices of a client, for export and erasure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.user_models import ClientUser
from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.language.text import text
from plugins.notices.store.models import Notice, NoticeChoice, OrdersSeen, QuietHours


def _users(client_id: int) -> Select[int]:
    return select(ClientUser.user_id).where(ClientUser.client_id == client_id)


def _to_client(client_id: int) -> ColumnElement[bool]:
    """Sent to them: to a user of theirs, or to an address of theirs; not what staff were told."""
    theirs = Notice.recipient.startswith(f"accounting:{client_id}:", autoescape=True)
    return or_(
        Notice.user_id.in_(_users(client_id)), Notice.recipient == f"client:{client_id}", theirs
    )


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.execute(
        select(Notice.at, Notice.kind, Notice.route, Notice.read_at, Notice.mail)
        .where(_to_client(client_id))
        .order_by(Notice.id)
    )
    choices = session.execute(
        select(NoticeChoice.kind, NoticeChoice.channels)
        .where(NoticeChoice.user_id.in_(_users(client_id)))
        .order_by(NoticeChoice.user_id, NoticeChoice.kind)
    )
    return {
        "notices": [
            {
                "at": row.at.isoformat(),
                "kind": row.kind,
                "by": row.route.value,
                "read_at": row.read_at and row.read_at.isoformat(),
                "letter": row.mail and row.mail.value,
            }
            for row in rows
        ],
        "notice_choices": [{"kind": row.kind, "by": row.channels} for row in choices],
    }


def _preview(session: Session, client_id: int) -> Preview:
    number = session.scalar(select(func.count()).select_from(Notice).where(_to_client(client_id)))
    return Preview(
        erased=(
            text(
                "Notices to the client and their users, with what they chose about them:"
                " %(number)s.",
                number=number,
            ),
        )
    )


def _erase(session: Session, client_id: int, _at: datetime) -> None:
    session.execute(
        delete(Notice).where(_to_client(client_id)).execution_options(synchronize_session=False)
    )
    for model in (NoticeChoice, QuietHours, OrdersSeen):
        session.execute(
            delete(model)
            .where(model.user_id.in_(_users(client_id)))
            .execution_options(synchronize_session=False)
        )


NOTICE_RECORDS = ClientRecords(export=_export, preview=_preview, erase=_erase)
