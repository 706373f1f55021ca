"""Answers by mail: each is read, judged, and handed to whoever keeps what is written to clients.

An answer is taken in the transaction that writes down that it was, and marked as read in the
mailbox afterwards: read twice, by two workers or after a crash, it is still taken once.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.mail_kinds import MailAnswer
from billing_panel.kernel.language.errors import DomainError, Forbidden, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.answers.arrived_mail import ArrivedMail, Unreadable, read_mail
from billing_panel.mail.answers.mailbox_session import MailboxClosed, Unread, open_mailbox
from billing_panel.mail.answers.reply_outcomes import (
    MOST_LISTED,
    Arrival,
    are_too_many,
    write_arrival,
)
from billing_panel.mail.models import MAX_ANSWER, LetterRow, LetterState
from billing_panel.mail.post_office import POST_OFFICE, PostOffice

log = logger()
# in one round; the rest waits for the next
MOST = 100
MINUTES = 1


@slow
def take_answers(database: Database, actor: Actor, clock: Clock) -> Counter[str]:
    """Deal with all that is unread, once; how many ended how. Raises MailboxClosed, Unavailable.

    ``actor``: the system, who knows all functions there are.
    """
    office = database.info.get(POST_OFFICE)
    ended: Counter[str] = Counter()
    if not isinstance(office, PostOffice) or office.mailbox is None:
        return ended
    with open_mailbox(office.mailbox) as mailbox:
        for unread in mailbox.unread(MOST):
            ended[_Taking(database, office, actor, clock).take(unread)] += 1
            mailbox.done(unread)
    return ended


@dataclass(frozen=True)
class _Taking:
    database: Database
    office: PostOffice
    actor: Actor
    clock: Clock

    def take(self, unread: Unread) -> str:
        """How it ended: taken, bounced, ignored, known already, or a word of PROBLEMS."""
        try:
            mail = read_mail(unread.content)
        except Unreadable as error:
            log.info("answer_not_read", uid=unread.uid, why=str(error))
            return "ignored"
        try:
            return self._judged(mail, is_too_large=unread.is_too_large)
        except Unavailable:
            raise
        except Exception:
            # a mistake of ours in one keeps no other from being taken
            log.exception("answer_not_taken", uid=unread.uid)
            return self._refused(mail, "not_taken")

    def _judged(self, mail: ArrivedMail, *, is_too_large: bool) -> str:
        letter = self._letter(mail)
        if letter is None:
            return "ignored"
        if mail.bounced:
            return self._bounced(letter, mail)
        if mail.by_itself or not letter.takes_answers:
            return "ignored"
        problem = self._problem(letter, mail, is_too_large=is_too_large)
        return self._refused(mail, problem) if problem else self._taken(letter, mail)

    def _letter(self, mail: ArrivedMail) -> LetterRow | None:
        """The letter it answers; None: it names none, or not rightly."""
        letter_id = self.office.box.letter_in(mail.to) if self.office.box else None
        with self.database.reading() as session:
            return session.get(LetterRow, letter_id) if letter_id else None

    def _problem(self, letter: LetterRow, mail: ArrivedMail, *, is_too_large: bool) -> str | None:
        if letter.erased_at is not None:
            return "gone"
        if mail.sender != letter.to.strip().lower():
            return "other_sender"
        if mail.forged:
            return "forged"
        if is_too_large:
            return "too_large"
        with self.database.reading() as session:
            return "too_many" if are_too_many(session, letter.id, at=self.clock.now()) else None

    def _taken(self, letter: LetterRow, mail: ArrivedMail) -> str:
        try:
            with self.database.writing() as session:
                arrival = Arrival(mail.key, letter, mail.sender, mail.subject)
                if not write_arrival(session, arrival, at=self.clock.now()):
                    return "known"
                self.office.answer(session, _answer(letter, mail), self.actor, self.clock)
        except DomainError as refusal:
            return self._refused(mail, _why(refusal))
        return "taken"

    def _refused(self, mail: ArrivedMail, problem: str) -> str:
        letter = self._letter(mail)
        if letter is None:
            return "ignored"
        arrival, at = Arrival(mail.key, letter, mail.sender, mail.subject), self.clock.now()
        with self.database.writing() as session:
            if are_too_many(session, letter.id, at=at, most=MOST_LISTED):
                return problem
            is_new = write_arrival(session, arrival, problem=problem, at=at)
        log.info("answer_refused", letter=letter.id, problem=problem)
        return problem if is_new else "known"

    def _bounced(self, letter: LetterRow, mail: ArrivedMail) -> str:
        """Only whom it was sent through knows its address: who says it bounced has handled it."""
        with self.database.writing() as session:
            return "bounced" if _mark_bounced(session, letter, mail, self.clock) else "known"


def _mark_bounced(session: Session, letter: LetterRow, mail: ArrivedMail, clock: Clock) -> bool:
    arrived = (LetterState.SENT, LetterState.UNCERTAIN)
    changed = (
        update(LetterRow)
        .where(LetterRow.id == letter.id, LetterRow.state.in_(arrived))
        .values(
            state=LetterState.FAILED,
            problem="bounced",
            answer=mail.diagnosis[:MAX_ANSWER],
            ended_at=clock.now(),
        )
        .returning(LetterRow.id)
    )
    return session.scalar(changed) is not None


def _answer(letter: LetterRow, mail: ArrivedMail) -> MailAnswer:
    return MailAnswer(
        thread=letter.thread,
        provider_id=letter.provider_id,
        client_id=letter.client_id,
        user_id=letter.user_id,
        address=mail.sender,
        language=letter.language,
        words=mail.words,
        files=tuple(mail.files),
    )


def _why(refusal: DomainError) -> str:
    if isinstance(refusal, Invalid):
        codes = {error.code for error in refusal.errors}
        return "empty" if "empty" in codes else "too_long" if "length" in codes else "too_large"
    if isinstance(refusal, Forbidden):
        return "not_allowed"
    is_gone = isinstance(refusal, NotFound) or refusal.code == "client_erased"
    return "gone" if is_gone else "not_taken"


def _run(database: Database, actor: Actor, clock: Clock) -> None:
    try:
        take_answers(database, actor, clock)
    except MailboxClosed as closed:
        message = text("The mailbox can’t be read: %(why)s", why=str(closed))
        raise Refused(message, code="mailbox_closed") from closed


TAKING = PeriodicJob("mail.answers", text("Reading replies to e-mails"), MINUTES, _run)
