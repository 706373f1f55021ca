"""Who tries which letter, and what becomes of it. Each function is one short transaction's work.

A letter is claimed before it is tried: two workers never try one at once, and one that a killed
worker held is free again when its claim ends. ``HANDING_OVER`` is committed just before the text
goes to the server; whoever is lost after that leaves a letter that may have arrived, and it is not
tried again by itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.orm import Session

from billing_panel.mail.models import MAX_ANSWER, LetterRow, LetterState
from billing_panel.mail.writing.template_texts import TemplateText

CLAIMED_FOR = timedelta(minutes=5)
# after each try the next waits longer; then every three hours, for a day in all
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180))
# of one domain at once; letters that are looked at to find some for free connections
OF_ONE_DOMAIN = 4
LOOKED_AT = 200
# a one-time link is good no longer
SECRETS_KEPT = timedelta(hours=48)
WORKER_LOST = "worker_lost"


@dataclass(frozen=True)
class Claimed:
    """A letter that is tried now, as plain values; ``template`` None: it was never tried before."""

    id: int
    key: str
    kind: str
    to: str
    language: str
    values: Mapping[str, str]
    secrets: str | None
    provider_id: int | None
    thread: str | None
    takes_answers: bool
    attachments: Sequence[Sequence[Any]]
    template: TemplateText | None
    posted_at: datetime
    give_up_at: datetime
    tries: int
    claim: str

    @property
    def domain(self) -> str:
        return domain_of(self.to)


@dataclass(frozen=True)
class SendOutcome:
    """How a try ended: ``problem`` is a word of ``letter_problems``, ``answer`` the server's."""

    state: LetterState
    problem: str | None = None
    answer: str = ""


def is_anything_due(session: Session, *, at: datetime) -> bool:
    """Whether a letter can be tried now, or was left by a lost worker."""
    return bool(session.scalar(select(exists().where(or_(_due(at), _left(at))))))


def sweep(session: Session, *, at: datetime) -> None:
    """What a lost worker was handing over may have arrived."""
    session.execute(
        update(LetterRow)
        .where(_left(at))
        .values(
            state=LetterState.UNCERTAIN,
            problem=WORKER_LOST,
            claim=None,
            claimed_until=None,
            ended_at=at,
        )
    )


def forget_old_secrets(session: Session, *, at: datetime) -> None:
    """Of letters that were never sent: what stands in them opens nothing any more."""
    ended = (LetterState.FAILED, LetterState.UNCERTAIN, LetterState.SHOWN)
    session.execute(
        update(LetterRow)
        .where(
            LetterRow.state.in_(ended),
            LetterRow.secrets.is_not(None),
            LetterRow.posted_at < at - SECRETS_KEPT,
        )
        .values(secrets=None)
    )


def claim(
    session: Session, token: str, *, at: datetime, most: int, busy: Mapping[str, int]
) -> list[Claimed]:
    """Letters that are due, the longest due first.

    ``busy``: how many letters to each domain are under way; of one domain there are at most
    OF_ONE_DOMAIN, so that a slow one leaves places for the others.
    """
    due = _due(at)
    full = [domain for domain, number in busy.items() if number >= OF_ONE_DOMAIN]
    foreign = [~func.lower(LetterRow.to).endswith(f"@{one}", autoescape=True) for one in full]
    waiting = session.execute(
        select(LetterRow.id, LetterRow.to)
        .where(due, *foreign)
        .order_by(LetterRow.due_at, LetterRow.id)
        .limit(LOOKED_AT)
    )
    ids = [*_fair([(row.id, domain_of(row.to)) for row in waiting], most, busy)]
    if not ids:
        return []
    # asked again of each row: another worker may have claimed it meanwhile
    rows = session.execute(
        update(LetterRow)
        .where(LetterRow.id.in_(ids), due)
        .values(claim=token, claimed_until=at + CLAIMED_FOR, tries=LetterRow.tries + 1)
        .returning(LetterRow)
        .execution_options(synchronize_session=False)
    )
    return [_claimed(row, token) for row in rows.scalars()]


def hand_over(session: Session, letter: Claimed, template: TemplateText, *, at: datetime) -> bool:
    """Whether it is still this worker's; then its text is on its way from now on."""
    found = session.scalars(
        update(LetterRow)
        .where(_held(letter), LetterRow.state == LetterState.WAITING)
        .where(LetterRow.claimed_until > at)
        .values(
            state=LetterState.HANDING_OVER,
            claimed_until=at + CLAIMED_FOR,
            subject=template.subject,
            text=template.text,
        )
        .returning(LetterRow.id)
        .execution_options(synchronize_session=False)
    )
    return found.first() is not None


def conclude(
    session: Session, letter: Claimed, outcome: SendOutcome, *, at: datetime, spread: float
) -> None:
    """Write down how the try ended. One that is to be repeated waits, or has failed after a day.

    ``spread``: from 0 to 1, how much longer than the shortest the next wait is: letters that
    failed together don't come back together.
    """
    values: dict[str, Any] = {
        "state": outcome.state,
        "problem": outcome.problem,
        "answer": outcome.answer[:MAX_ANSWER],
        "claim": None,
        "claimed_until": None,
    }
    if outcome.state is LetterState.WAITING and at >= letter.give_up_at:
        values["state"] = LetterState.FAILED
    if values["state"] is LetterState.WAITING:
        values["due_at"] = min(at + _delay(letter.tries, spread), letter.give_up_at)
    else:
        values["ended_at"] = at
    if values["state"] is LetterState.SENT:
        values["secrets"] = None
    session.execute(
        update(LetterRow)
        .where(_held(letter))
        .values(values)
        .execution_options(synchronize_session=False)
    )


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _fair(waiting: Sequence[tuple[int, str]], most: int, busy: Mapping[str, int]) -> Iterator[int]:
    """Ids of at most ``most`` of them, none of a domain that has its share."""
    share = Counter(busy)
    for letter_id, domain in waiting:
        if most and share[domain] < OF_ONE_DOMAIN:
            share[domain] += 1
            most -= 1
            yield letter_id


def _delay(tries: int, spread: float) -> timedelta:
    return DELAYS[min(tries, len(DELAYS)) - 1] * (1 + spread / 4)


def _due(at: datetime) -> ColumnElement[bool]:
    free = or_(LetterRow.claimed_until.is_(None), LetterRow.claimed_until < at)
    return (LetterRow.state == LetterState.WAITING) & (LetterRow.due_at <= at) & free


def _left(at: datetime) -> ColumnElement[bool]:
    return (LetterRow.state == LetterState.HANDING_OVER) & (LetterRow.claimed_until < at)


def _held(letter: Claimed) -> ColumnElement[bool]:
    return (LetterRow.id == letter.id) & (LetterRow.claim == letter.claim)


def _claimed(row: LetterRow, token: str) -> Claimed:
    tried = row.subject is not None and row.text is not None
    return Claimed(
        id=row.id,
        key=row.key,
        kind=row.kind,
        to=row.to,
        language=row.language,
        values=dict(row.values),
        secrets=row.secrets,
        provider_id=row.provider_id,
        thread=row.thread,
        takes_answers=row.takes_answers,
        attachments=row.attachments or (),
        template=TemplateText(row.subject or "", row.text or "") if tried else None,
        posted_at=row.posted_at,
        give_up_at=row.give_up_at,
        tries=row.tries,
        claim=token,
    )
