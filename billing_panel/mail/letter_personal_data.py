"""Letters to a client, for export and erasure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import ClientRecords, Preview
from billing_panel.kernel.language.text import text
from billing_panel.mail.models import LetterRow, LetterState, MailArrival
from billing_panel.mail.writing.placeholders import cleaned, plain_text, subject_line
from billing_panel.mail.writing.template_texts import template_of_letter


def _export(session: Session, client_id: int) -> Mapping[str, Any]:
    rows = session.scalars(select(LetterRow).filter_by(client_id=client_id).order_by(LetterRow.id))
    return {
        "letters": [_plain(session, row) for row in rows],
        "answers_by_mail": _answers(session, client_id),
    }


def _answers(session: Session, client_id: int) -> list[dict[str, Any]]:
    """What was taken stands among their messages; of all of them that they came."""
    rows = session.scalars(
        select(MailArrival).filter_by(client_id=client_id).order_by(MailArrival.id)
    )
    return [
        {
            "arrived_at": row.at.isoformat(),
            "state": row.state.value,
            "from": row.sender,
            "subject": row.subject,
        }
        for row in rows
    ]


def _plain(session: Session, row: LetterRow) -> dict[str, Any]:
    """Without its one-time links: a copy of everything must open nothing."""
    template = template_of_letter(session, row)
    values = cleaned(row.values)
    return {
        "kind": row.kind,
        "to": row.to,
        "language": row.language,
        "state": row.state.value,
        "written_at": row.posted_at.isoformat(),
        "sent_at": row.ended_at.isoformat() if row.ended_at else None,
        "subject": subject_line(template.subject, values),
        "text": plain_text(template.text, values),
    }


def _preview(session: Session, client_id: int) -> Preview:
    number = session.scalar(
        select(func.count()).select_from(LetterRow).filter_by(client_id=client_id)
    )
    return Preview(
        erased=(text("Addresses and texts of e-mails to them: %(number)s.", number=number),),
        kept=(text("That an e-mail was sent: its kind, date and state."),),
    )


def forget_letters(session: Session, which: ColumnElement[bool], at: datetime) -> None:
    """With who answered them; what still waits is not sent any more."""
    session.execute(
        update(MailArrival)
        .where(MailArrival.letter_id.in_(select(LetterRow.id).where(which)))
        .values(sender="", subject="")
        .execution_options(synchronize_session=False)
    )
    waits = LetterRow.state == LetterState.WAITING
    session.execute(
        update(LetterRow)
        .where(which, LetterRow.erased_at.is_(None))
        .values(
            to="",
            values={},
            secrets=None,
            subject=None,
            text=None,
            answer="",
            claim=None,
            erased_at=at,
            state=case((waits, LetterState.FAILED), else_=LetterRow.state),
            problem=case((waits, "erased"), else_=LetterRow.problem),
            ended_at=case((waits, at), else_=LetterRow.ended_at),
        )
        .execution_options(synchronize_session=False)
    )


def _erase(session: Session, client_id: int, at: datetime) -> None:
    forget_letters(session, LetterRow.client_id == client_id, at)


LETTER_RECORDS = ClientRecords(export=_export, preview=_preview, erase=_erase)
