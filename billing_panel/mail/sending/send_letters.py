"""Sending what waits: a few connections at once, so that a slow one keeps nobody else waiting."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import TypeVar

import structlog
from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.database.sealed_secrets import SealBroken
from billing_panel.kernel.database.slow_work import slow
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.hooks import Follower
from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.kernel.process.mail_settings import MailServer
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.ids import new_secret
from billing_panel.mail.models import LetterState
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.claims import (
    Claimed,
    Outcome,
    claim,
    conclude,
    hand_over,
    is_anything_due,
    sweep,
)
from billing_panel.mail.sending.mime_message import BadAddress, Envelope, Headers, message
from billing_panel.mail.sending.smtp_session import USUAL, Patience, SmtpSession
from billing_panel.mail.writing.template_texts import TemplateText, template_of
from billing_panel.mail.writing.written_letter import write

log = structlog.get_logger()
T = TypeVar("T")

CONNECTIONS = 8
LOOK_SECONDS = 1.0


class AttachmentGone(LookupError):
    """What should go with a letter is not there any more."""


@dataclass(frozen=True)
class Composed:
    """A letter ready for the server, and the template it was made from."""

    envelope: Envelope
    content: bytes
    template: TemplateText


@slow
def send_letters(database: Database, clock: Clock, patience: Patience = USUAL) -> Counter[str]:
    """Try every letter that is due, once; how many ended in which state. Raises Unavailable.

    Letters posted meanwhile are sent too, while a slow one still keeps its connection.
    """
    office = database.info.get(POST_OFFICE)
    if not isinstance(office, PostOffice) or office.server is None:
        return Counter()
    with database.reading() as session:
        if not is_anything_due(session, at=clock.now()):
            return Counter()
    with database.writing() as session:
        sweep(session, at=clock.now())
    return asyncio.run(_Round(database, clock, office, office.server, patience).go())


@dataclass
class _Round:
    database: Database
    clock: Clock
    office: PostOffice
    server: MailServer
    patience: Patience
    claim: str = field(default_factory=new_secret)
    ended: Counter[str] = field(default_factory=Counter)
    idle: list[SmtpSession] = field(default_factory=list)
    busy: dict["asyncio.Task[None]", str] = field(default_factory=dict)

    async def go(self) -> Counter[str]:
        try:
            while await self._start_some():
                await asyncio.wait(
                    self.busy, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                self._collect()
            return self.ended
        finally:
            await asyncio.gather(*self.busy, return_exceptions=True)
            await asyncio.gather(*(one.quit() for one in self.idle))

    async def _start_some(self) -> bool:
        """Whether any letter is under way."""
        free = CONNECTIONS - len(self.busy)
        if free and await asyncio.to_thread(self._is_anything_due):
            for letter in await self._written(lambda session: self._claim(session, free)):
                self.busy[asyncio.create_task(self._try(letter))] = letter.domain
        return bool(self.busy)

    def _is_anything_due(self) -> bool:
        """Asked without writing: whoever writes wakes everybody who waits for a commit."""
        with self.database.reading() as session:
            return is_anything_due(session, at=self.clock.now())

    def _claim(self, session: Session, free: int) -> list[Claimed]:
        busy = Counter(self.busy.values())
        return claim(session, self.claim, at=self.clock.now(), most=free, busy=busy)

    def _collect(self) -> None:
        for task in [task for task in self.busy if task.done()]:
            del self.busy[task]
            task.result()

    async def _try(self, letter: Claimed) -> None:
        outcome = await self._outcome(letter)
        if outcome is None:
            return
        spread = SystemRandom().random()
        await self._written(
            lambda session: conclude(session, letter, outcome, at=self.clock.now(), spread=spread)
        )
        self.ended[outcome.state] += 1
        if outcome.state is not LetterState.SENT:
            log.info(
                "letter_not_sent", letter=letter.id, state=outcome.state, problem=outcome.problem
            )

    async def _outcome(self, letter: Claimed) -> Outcome | None:
        composed = await asyncio.to_thread(self._compose, letter)
        if isinstance(composed, Outcome):
            return composed

        async def before_data() -> bool:
            return await self._written(
                lambda session: hand_over(session, letter, composed.template, at=self.clock.now())
            )

        line = self.idle.pop() if self.idle else SmtpSession(self.server, self.patience)
        try:
            return await line.send(composed.envelope, composed.content, before_data)
        finally:
            self.idle.append(line)

    def _compose(self, letter: Claimed) -> Composed | Outcome:
        """In no transaction that writes: a file that goes with it may be drawn now."""
        try:
            return compose(self.database, self.office, self.server, letter)
        except BadAddress:
            return Outcome(LetterState.FAILED, "bad_address")
        except AttachmentGone:
            return Outcome(LetterState.FAILED, "attachment_gone")
        except SealBroken:
            return Outcome(LetterState.FAILED, "secret_gone")
        except Unavailable:
            raise
        except Exception:
            # a mistake of ours in one letter keeps no other from being sent
            log.exception("letter_not_composed", letter=letter.id, kind=letter.kind)
            return Outcome(LetterState.FAILED, "not_composed")

    async def _written(self, act: Callable[[Session], T]) -> T:
        def run() -> T:
            with self.database.writing() as session:
                return act(session)

        return await asyncio.to_thread(run)


def compose(
    database: Database, office: PostOffice, server: MailServer, letter: Claimed
) -> Composed:
    """Raises BadAddress, AttachmentGone, SealBroken, KeyError for a kind that is gone."""
    kind = office.kinds[letter.kind]
    values = {**letter.values, **_opened(office, letter)}
    if kind.secrets - values.keys():
        raise SealBroken("forgotten")
    with database.reading() as session:
        template = letter.template or template_of(
            session, letter.kind, letter.language, letter.provider_id
        )
        written = write(
            session,
            office,
            kind,
            template,
            values,
            language=letter.language,
            provider_id=letter.provider_id,
        )
    attachments = [_fetched(database, office, noun, row_id) for noun, row_id in letter.attachments]
    headers = Headers(
        letter.id, letter.key, letter.kind, letter.thread, letter.language, letter.posted_at
    )
    envelope, content = message(
        written,
        headers,
        to=letter.to,
        mail_from=server.sender,
        public_url=office.public_url,
        attachments=attachments,
    )
    return Composed(envelope, content, template)


def _opened(office: PostOffice, letter: Claimed) -> dict[str, str]:
    """Raises SealBroken."""
    return dict(json.loads(office.seal.open(letter.secrets))) if letter.secrets else {}


def _fetched(database: Database, office: PostOffice, noun: str, row_id: int) -> Attachment:
    """Raises AttachmentGone."""
    found = office.attachment(database, noun, row_id)
    if found is None:
        raise AttachmentGone(f"{noun} {row_id}")
    return found


def _follow(database: Database, _actor: Actor, clock: Clock) -> None:
    send_letters(database, clock)


SENDING = Follower("mail.send", _follow)
