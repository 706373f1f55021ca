"""What became of answers by mail: each is dealt with once, and those nobody got are listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.models import MAX_ADDRESS, ArrivalState, LetterRow, MailArrival
from permissions.guard import require
from permissions.panel_functions import PanelFunction

MAX_SUBJECT = 200
DAY = timedelta(days=1)
# of one letter within 24 hours: more is a machine
MOST_A_DAY = 30
# those that nobody got are listed up to here: whoever knows an address may send thousands
MOST_LISTED = 2 * MOST_A_DAY

PROBLEMS: Mapping[str, Text] = {
    "empty": text("Nothing was written above the quoted text."),
    "forged": text("The mail server says that it isn’t from whom it claims to be."),
    "gone": text("What it answers is there no longer."),
    "not_allowed": text("Whoever sent it may no longer write there."),
    "not_taken": text("It could not be taken in; the server’s log says why."),
    "other_sender": text("It came from another address than the e-mail was sent to."),
    "too_large": text("It is too large; files of 10 MB in all can be sent."),
    "too_long": text("Its text is too long."),
    "too_many": text("Too many answers to one e-mail came within 24 hours."),
    "unreadable": text("It could not be read."),
}


@dataclass(frozen=True)
class Arrival:
    """An answer to ``letter``: ``key`` is its own, ``sender`` and ``subject`` as it says."""

    key: str
    letter: LetterRow
    sender: str
    subject: str


@dataclass(frozen=True)
class RefusedLine:
    """An answer that nobody got, in the list of them."""

    id: int
    at: datetime
    sender: str
    subject: str
    provider: str | None
    problem: Text


def write_arrival(
    session: Session, arrival: Arrival, *, problem: str | None = None, at: datetime
) -> bool:
    """Whether it is new; another worker that takes it now is waited for."""
    letter = arrival.letter
    new = (
        insert_into(session, MailArrival)
        .values(
            key=arrival.key,
            at=at,
            state=ArrivalState.REFUSED if problem else ArrivalState.TAKEN,
            problem=problem,
            letter_id=letter.id,
            provider_id=letter.provider_id,
            client_id=letter.client_id,
            # of one that was taken there is nothing to tell but that it was
            sender=arrival.sender[:MAX_ADDRESS] if problem else "",
            subject=arrival.subject[:MAX_SUBJECT] if problem else "",
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
    return session.scalar(new.returning(MailArrival.id)) is not None


def are_too_many(session: Session, letter_id: int, *, at: datetime, most: int = MOST_A_DAY) -> bool:
    """Whether a letter was answered as often as nobody does."""
    answers = select(func.count(MailArrival.id)).where(
        MailArrival.letter_id == letter_id, MailArrival.at > at - DAY
    )
    return session.scalars(answers).one() >= most


def refused_answers(
    session: Session, actor: Actor, *, before: int, limit: int
) -> Sequence[RefusedLine]:
    """In the actor's scope, newest first, with ids below ``before`` (0: from the newest on).

    Raises FunctionNotHeld.
    """
    require(actor, PanelFunction.MAIL_READ)
    page = (
        select(
            MailArrival.id,
            MailArrival.at,
            MailArrival.sender,
            MailArrival.subject,
            MailArrival.problem,
            Provider.name.label("provider"),
        )
        .outerjoin(Provider, Provider.id == MailArrival.provider_id)
        .where(MailArrival.state == ArrivalState.REFUSED, _seen(actor))
    )
    if before:
        page = page.where(MailArrival.id < before)
    rows = session.execute(page.order_by(MailArrival.id.desc()).limit(limit))
    return [
        RefusedLine(
            id=row.id,
            at=row.at,
            sender=row.sender,
            subject=row.subject,
            provider=row.provider,
            problem=PROBLEMS[row.problem or "not_taken"],
        )
        for row in rows
    ]


def _seen(actor: Actor) -> ColumnElement[bool]:
    if actor.provider_ids is None:
        return true()
    return MailArrival.provider_id.in_(actor.provider_ids)
