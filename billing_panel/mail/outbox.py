"""The outbox as staff see it, and sending a letter again by hand.

A letter of a provider is seen by its staff; one of the panel itself, such as those about accounts
of staff, by owners alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, true
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.encrypted_secrets import SealBroken
from billing_panel.kernel.database.row_locks import locked
from billing_panel.kernel.language.errors import Conflict, NotFound, Refused
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.letter_problems import PROBLEMS
from billing_panel.mail.letters import TRIED_FOR
from billing_panel.mail.models import LetterRow, LetterState
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.writing.template_texts import template_of_letter
from billing_panel.mail.writing.written_letter import WrittenLetter, write
from permissions.guard import require
from permissions.panel_functions import PanelFunction

UNSENT = (LetterState.FAILED, LetterState.UNCERTAIN)
# as the page groups them
STATES: Mapping[str, tuple[LetterState, ...]] = {
    "waiting": (LetterState.WAITING, LetterState.HANDING_OVER),
    "sent": (LetterState.SENT, LetterState.SHOWN),
    "failed": UNSENT,
}
MOST_COUNTED = 1000
HIDDEN_SECRET = text("(a one-time link that only the recipient can see)")


@dataclass(frozen=True)
class Wanted:
    """Which letters: ``state`` is a key of STATES, ``to`` a part of the address."""

    state: str = ""
    kind: str = ""
    to: str = ""
    provider_id: int | None = None


@dataclass(frozen=True)
class LetterLine:
    """A letter in the list. ``due_at``: when it is tried next."""

    id: int
    kind: str
    state: LetterState
    to: str
    provider: str | None
    posted_at: datetime
    due_at: datetime
    ended_at: datetime | None
    tries: int
    problem: Text | None
    answer: str
    is_erased: bool


@dataclass(frozen=True)
class LetterShown:
    """One letter as its reader gets it; ``written`` None: what it said was forgotten."""

    line: LetterLine
    language: str
    written: WrittenLetter | None
    attachments: Sequence[tuple[str, int]]
    may_be_sent_again: bool


def letters(
    session: Session, actor: Actor, wanted: Wanted, *, before: int, limit: int
) -> Sequence[LetterLine]:
    """In the actor's scope, newest first, with ids below ``before`` (0: from the newest on).

    Raises FunctionNotHeld.
    """
    require(actor, PanelFunction.MAIL_READ)
    page = _lines().where(_seen(actor), *_conditions(wanted))
    if before:
        page = page.where(LetterRow.id < before)
    rows = session.execute(page.order_by(LetterRow.id.desc()).limit(limit))
    return [_line(row) for row in rows]


def failed_number(session: Session, actor: Actor) -> int:
    """How many wait for somebody to look at them, counted up to MOST_COUNTED.

    Raises FunctionNotHeld.
    """
    require(actor, PanelFunction.MAIL_READ)
    found = select(LetterRow.id).where(_seen(actor), LetterRow.state.in_(UNSENT))
    return (
        session.scalar(select(func.count()).select_from(found.limit(MOST_COUNTED).subquery())) or 0
    )


def letter_shown(session: Session, actor: Actor, letter_id: int) -> LetterShown:
    """Raises FunctionNotHeld, NotFound."""
    require(actor, PanelFunction.MAIL_READ)
    row = session.scalar(select(LetterRow).where(LetterRow.id == letter_id, _seen(actor)))
    if row is None:
        raise no_letter()
    line = _line(session.execute(_lines().where(LetterRow.id == row.id)).one())
    return LetterShown(
        line=line,
        language=row.language,
        written=None if row.erased_at else _written(session, row, actor),
        attachments=[(str(noun), int(row_id)) for noun, row_id in row.attachments or ()],
        may_be_sent_again=row.state in UNSENT and row.erased_at is None,
    )


def no_letter() -> NotFound:
    return NotFound(text("No such e-mail, or you don’t have access to it."))


def send_again(session: Session, letter_id: int, *, actor: Actor, clock: Clock) -> None:
    """Try a letter that failed, or may have arrived, for another day. It is logged.

    Raises FunctionNotHeld, NotFound, Conflict ``not_failed``, Refused ``secret_gone`` or
    ``letter_erased``.
    """
    require(actor, PanelFunction.MAIL_SEND)
    seen = session.scalar(select(LetterRow.id).where(LetterRow.id == letter_id, _seen(actor)))
    row = locked(session, LetterRow, seen) if seen else None
    if row is None:
        raise no_letter()
    _refuse_sending(session, row)
    at = clock.now()
    row.state, row.tries, row.problem, row.answer = LetterState.WAITING, 0, None, ""
    row.due_at, row.give_up_at, row.ended_at = at, at + TRIED_FOR, None
    record(
        session,
        "letter.sent_again",
        actor=actor,
        at=at,
        subject=("letter", row.id),
        provider_id=row.provider_id,
        client_id=row.client_id,
        facts={"kind": row.kind},
    )


def _refuse_sending(session: Session, row: LetterRow) -> None:
    if row.state not in UNSENT:
        raise Conflict(text("This e-mail is no longer among those that failed."), code="not_failed")
    if row.erased_at is not None:
        raise Refused(PROBLEMS["erased"], code="letter_erased")
    kind = _office(session).kinds.get(row.kind)
    if kind is None or (kind.secrets and row.secrets is None):
        raise Refused(PROBLEMS["secret_gone"], code="secret_gone")


def _written(session: Session, row: LetterRow, actor: Actor) -> WrittenLetter | None:
    """None: nobody declares letters of its kind any more."""
    office = _office(session)
    kind = office.kinds.get(row.kind)
    if kind is None:
        return None
    template = template_of_letter(session, row)
    return write(
        session,
        office,
        kind,
        template,
        {**row.values, **_secrets(office, row, kind.secrets, actor)},
        language=row.language,
        provider_id=row.provider_id,
    )


def _secrets(
    office: PostOffice, row: LetterRow, names: frozenset[str], actor: Actor
) -> Mapping[str, str]:
    """They are readable only where letters are shown instead of sent, for trying things out."""
    if office.shows and row.secrets is not None:
        try:
            return dict(json.loads(office.seal.open(row.secrets)))
        except SealBroken:
            pass
    return dict.fromkeys(names, say(HIDDEN_SECRET, actor.language))


def _office(session: Session) -> PostOffice:
    """As it stands in each session of a panel, whether mail is set up or not."""
    office: PostOffice = session.info[POST_OFFICE]
    return office


def _seen(actor: Actor) -> ColumnElement[bool]:
    if actor.provider_ids is None:
        return true()
    return LetterRow.provider_id.in_(actor.provider_ids)


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state in STATES:
        found.append(LetterRow.state.in_(STATES[wanted.state]))
    if wanted.kind:
        found.append(LetterRow.kind == wanted.kind)
    if wanted.to:
        found.append(LetterRow.to.icontains(wanted.to, autoescape=True))
    if wanted.provider_id is not None:
        found.append(LetterRow.provider_id == wanted.provider_id)
    return found


def _lines() -> Select[*tuple[Any, ...]]:
    return select(
        LetterRow.id,
        LetterRow.kind,
        LetterRow.state,
        LetterRow.to,
        LetterRow.posted_at,
        LetterRow.due_at,
        LetterRow.ended_at,
        LetterRow.tries,
        LetterRow.problem,
        LetterRow.answer,
        LetterRow.erased_at,
        Provider.name.label("provider"),
    ).outerjoin(Provider, Provider.id == LetterRow.provider_id)


def _line(row: Row[Any]) -> LetterLine:
    return LetterLine(
        id=row.id,
        kind=row.kind,
        state=row.state,
        to=row.to,
        provider=row.provider,
        posted_at=row.posted_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        tries=row.tries,
        problem=PROBLEMS[row.problem] if row.problem else None,
        answer=row.answer,
        is_erased=row.erased_at is not None,
    )
