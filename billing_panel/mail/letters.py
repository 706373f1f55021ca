"""Letters are posted in the transaction of what they tell, and sent later by the worker."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import insert_into
from billing_panel.mail.models import MAX_ADDRESS, MAX_KEY, LetterRow, LetterState
from billing_panel.mail.post_office import PostOffice, post_office

TRIED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Letter:
    """What is to be told to one address. The same ``key`` twice is one letter.

    ``values``: the placeholders of its ``kind``, plain text. ``thread``: letters of one hold
    together, like ``order-17``. ``attachments``: (noun, id), fetched when it is sent.
    ``takes_answers``: whoever gets it may answer by mail, where a mailbox is read.
    ``secrets``: placeholders too, kept sealed and forgotten once it is sent.
    ``provider_id``: who writes; None: the panel itself.
    """

    key: str
    kind: str
    to: str
    language: str
    values: Mapping[str, str]
    provider_id: int | None = None
    client_id: int | None = None
    user_id: int | None = None
    thread: str | None = None
    attachments: tuple[tuple[str, int], ...] = ()
    takes_answers: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def post(session: Session, letters: Iterable[Letter], *, at: datetime) -> int:
    """Write down ``letters`` to be sent; returns how many are new.

    Those that were posted before, have no address, or for which mail is not set up are left out.
    Raises ValueError for a kind nobody declares, and for values that are not of its placeholders.
    """
    office = post_office(session)
    if office is None:
        return 0
    rows = [_row(office, letter, at) for letter in letters if letter.to]
    if not rows:
        return 0
    written = insert_into(session, LetterRow).on_conflict_do_nothing(index_elements=["key"])
    return len(session.scalars(written.returning(LetterRow.id), rows).all())


def _row(office: PostOffice, letter: Letter, at: datetime) -> dict[str, Any]:
    _check(office, letter)
    return {
        "key": letter.key,
        "kind": letter.kind,
        "state": LetterState.SHOWN if office.server is None else LetterState.WAITING,
        # what is longer than any address fails as one that is none
        "to": letter.to if len(letter.to) <= MAX_ADDRESS else f"{letter.to[: MAX_ADDRESS - 1]}…",
        "language": letter.language,
        "values": dict(letter.values),
        "secrets": office.seal.close(json.dumps(dict(letter.secrets))) if letter.secrets else None,
        "provider_id": letter.provider_id,
        "client_id": letter.client_id,
        "user_id": letter.user_id,
        "thread": letter.thread,
        "takes_answers": letter.takes_answers,
        "attachments": [*map(list, letter.attachments)] or None,
        "posted_at": at,
        "due_at": at,
        "give_up_at": at + TRIED_FOR,
        "tries": 0,
        "answer": "",
    }


def _check(office: PostOffice, letter: Letter) -> None:
    """Raises ValueError."""
    kind = office.kinds.get(letter.kind)
    if kind is None:
        raise ValueError(f"nobody declares letters of the kind {letter.kind!r}")
    given, open_ones = set(letter.values), set(kind.placeholders) - kind.secrets
    if given != open_ones or set(letter.secrets) != kind.secrets:
        raise ValueError(f"{letter.kind} has other placeholders than {sorted(given)}")
    if len(letter.key) > MAX_KEY:
        raise ValueError(f"a letter’s key is too long: {letter.key[:MAX_KEY]}…")
