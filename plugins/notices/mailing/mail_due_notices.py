"""Posting letters for notices that are due, each once, as their readers may see them now.

A notice that quiet hours held may have become moot: its reader has lost the right to it, has read
it in the panel, or what it asks for is done.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.secret_fingerprints import digest
from billing_panel.mail.letters import Letter, post
from billing_panel.mail.post_office import PostOffice, post_office
from invoices.functions import InvoicesFunction
from permissions.guard import allows
from plugins.notices.kinds.event_notice_kinds import kinds_told
from plugins.notices.kinds.known_kinds import KINDS, TALK
from plugins.notices.kinds.notice_event import Happening, concerns
from plugins.notices.kinds.notice_kind import Audience
from plugins.notices.mailing.addressees import Addressee, addressees_of
from plugins.notices.mailing.mail_kinds import places_of
from plugins.notices.mailing.moot_notices import is_over
from plugins.notices.mailing.notice_email_values import Subject, subjects, values_for
from plugins.notices.making.load_notice_events import happenings
from plugins.notices.store.models import MailState, Notice, Route
from plugins.notices.wording.load_notice_facts import facts_by_event

BATCH = 100
KEY_LENGTH = 32
SEES_BILLS = (InvoicesFunction.INVOICE_READ, InvoicesFunction.INVOICE_PRINT)


def are_waiting(session: Session, at: datetime) -> bool:
    """Whether some letter is due."""
    return session.scalar(select(Notice.id).where(_due(at)).limit(1)) is not None


def post_waiting(session: Session, *, known: Iterable[str], at: datetime) -> int:
    """Post the letters of up to BATCH notices that are due; how many notices were dealt with.

    Called with the cursor locked (``making.follow_events``), so by one at a time.
    """
    rows = session.scalars(select(Notice).where(_due(at)).order_by(Notice.id).limit(BATCH)).all()
    office = post_office(session)
    if not rows:
        return 0
    posted: list[int] = []
    if office is not None:
        letters = dict(_letters(session, office, rows, known, at))
        post(session, letters.values(), at=at)
        posted = [*letters]
    for state, ids in (
        (MailState.POSTED, posted),
        (MailState.MOOT, [row.id for row in rows if row.id not in set(posted)]),
    ):
        session.execute(
            update(Notice)
            .where(Notice.id.in_(ids))
            .values(mail=state)
            .execution_options(synchronize_session=False)
        )
    return len(rows)


def _due(at: datetime) -> ColumnElement[bool]:
    return (Notice.mail == MailState.WAITING) & (Notice.due_at <= at)


def _letters(
    session: Session,
    office: PostOffice,
    rows: Sequence[Notice],
    known: Iterable[str],
    at: datetime,
) -> Iterator[tuple[int, Letter]]:
    event_ids = {row.event_id for row in rows}
    told = subjects(session, facts_by_event(session, event_ids))
    found = {one.event_id: one for one in happenings(session, sorted(event_ids))}
    addressees = addressees_of(session, rows, known)
    read = _read_in_panel(session, rows)
    for row in rows:
        addressee, subject = addressees.get(row.recipient), told[row.event_id]
        happening = found.get(row.event_id)
        if addressee is None or happening is None:
            continue
        if row.user_id is not None and not _still_concerns(row, happening, addressee.reader):
            continue
        was_held = row.due_at is not None and row.due_at > row.at
        if was_held and (
            (row.event_id, row.user_id) in read or is_over(session, row.kind, subject, at)
        ):
            continue
        yield row.id, _letter(session, office, row, subject, addressee)


def _still_concerns(row: Notice, happening: Happening, reader: Actor) -> bool:
    return row.kind in kinds_told(happening) and concerns(KINDS[row.kind], happening, reader)


def _letter(
    session: Session, office: PostOffice, row: Notice, subject: Subject, addressee: Addressee
) -> Letter:
    reader = addressee.reader
    values = values_for(session, row.kind, subject, reader, office.public_url)
    attachments = _attachments(row, subject, reader)
    if not attachments and "bill" in values:
        values = {**values, "bill": "", "document": ""}
    order_id = subject.facts.order_id
    return Letter(
        key=letter_key(row.event_id, addressee.to),
        kind=row.kind,
        to=addressee.to,
        language=reader.language,
        values={name: values.get(name, "") for name in places_of(row.kind)},
        provider_id=row.provider_id,
        client_id=addressee.client_id,
        user_id=addressee.user_id,
        thread=None if order_id is None else f"order-{order_id}",
        attachments=attachments,
        takes_answers=_takes_answers(row, subject, addressee),
    )


def _takes_answers(row: Notice, subject: Subject, addressee: Addressee) -> bool:
    """What has a dialogue, of clients: staff answer in the panel."""
    has_dialogue = subject.facts.order_id is not None or KINDS[row.kind].section is TALK
    return addressee.reader.client_id is not None and has_dialogue


def letter_key(event_id: int, address: str) -> str:
    """One address gets one letter of an event, in however many roles it stands there."""
    return f"notice:{event_id}:{digest({'address': address.casefold()})[:KEY_LENGTH]}"


def _attachments(row: Notice, subject: Subject, reader: Actor) -> tuple[tuple[str, int], ...]:
    """What was issued for the order in the same step, for clients who may see it."""
    if KINDS[row.kind].audience is Audience.STAFF or not allows(reader, *SEES_BILLS):
        return ()
    # the bill of a top-up is told of with it
    if (document_id := subject.facts.told.get("document")) and row.kind == "top_up.asked":
        return (("document", document_id),)
    if subject.facts.bill is not None:
        return (("document", subject.facts.bill.id),)
    return tuple(("document", document.id) for document in subject.documents)


def _read_in_panel(session: Session, rows: Sequence[Notice]) -> set[tuple[int, int | None]]:
    """(event, user) of notices that were read on a screen meanwhile."""
    found = select(Notice.event_id, Notice.user_id).where(
        Notice.event_id.in_({row.event_id for row in rows}),
        Notice.route == Route.SCREEN,
        Notice.read_at.is_not(None),
    )
    return {(row.event_id, row.user_id) for row in session.execute(found)}
