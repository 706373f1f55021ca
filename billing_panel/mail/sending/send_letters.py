"""Sending waiting letters over a few connections, so that a slow one holds up no other."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import SystemRandom

from sqlalchemy.orm import Session
from typing_extensions import override

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.encrypted_secrets import SealBroken
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.database.unavailable import Unavailable
from billing_panel.kernel.extension.background_work import Follower
from billing_panel.kernel.extension.mail_kinds import Attachment
from billing_panel.kernel.extension.sending_round import SendingRound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.process.logs import logger
from billing_panel.kernel.process.mail_settings import MailServer
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.models import LetterState
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.mime_message import BadAddress, Envelope, Headers, message
from billing_panel.mail.sending.sending_attempts import (
    Claimed,
    SendOutcome,
    claim,
    conclude,
    hand_over,
    is_anything_due,
    sweep,
)
from billing_panel.mail.sending.smtp_session import USUAL, Patience, SmtpSession
from billing_panel.mail.writing.template_texts import TemplateText, template_of
from billing_panel.mail.writing.written_letter import write

log = logger()


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
    return asyncio.run(
        _Round(
            database=database, clock=clock, office=office, server=office.server, patience=patience
        ).go()
    )


@dataclass(kw_only=True)
class _Round(SendingRound[Claimed, str]):
    office: PostOffice
    server: MailServer
    patience: Patience
    idle: list[SmtpSession] = field(default_factory=list)

    @override
    def is_due(self, session: Session) -> bool:
        return is_anything_due(session, at=self.clock.now())

    @override
    def claimed(self, session: Session, most: int, busy: Counter[str]) -> Sequence[Claimed]:
        return claim(session, self.claim, at=self.clock.now(), most=most, busy=busy)

    @override
    def lane_of(self, claimed: Claimed) -> str:
        return claimed.domain

    @override
    async def try_one(self, claimed: Claimed) -> None:
        outcome = await self._outcome(claimed)
        if outcome is None:
            return
        spread = SystemRandom().random()
        await self.written(
            lambda session: conclude(session, claimed, outcome, at=self.clock.now(), spread=spread)
        )
        self.ended[outcome.state] += 1
        if outcome.state is not LetterState.SENT:
            log.info(
                "letter_not_sent", letter=claimed.id, state=outcome.state, problem=outcome.problem
            )

    @override
    async def close(self) -> None:
        await asyncio.gather(*(one.quit() for one in self.idle))

    async def _outcome(self, letter: Claimed) -> SendOutcome | None:
        composed = await asyncio.to_thread(self._compose, letter)
        if isinstance(composed, SendOutcome):
            return composed

        async def before_data() -> bool:
            return await self.written(
                lambda session: hand_over(session, letter, composed.template, at=self.clock.now())
            )

        line = self.idle.pop() if self.idle else SmtpSession(self.server, self.patience)
        try:
            return await line.send(composed.envelope, composed.content, before_data)
        finally:
            self.idle.append(line)

    def _compose(self, letter: Claimed) -> Composed | SendOutcome:
        """In no transaction that writes: a file that goes with it may be drawn now."""
        try:
            return compose(self.database, self.office, self.server, letter)
        except BadAddress:
            return SendOutcome(LetterState.FAILED, "bad_address")
        except AttachmentGone:
            return SendOutcome(LetterState.FAILED, "attachment_gone")
        except SealBroken:
            return SendOutcome(LetterState.FAILED, "secret_gone")
        except Unavailable:
            raise
        except Exception:
            # a mistake of ours in one letter keeps no other from being sent
            log.exception("letter_not_composed", letter=letter.id, kind=letter.kind)
            return SendOutcome(LetterState.FAILED, "not_composed")


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
        letter.id,
        letter.key,
        letter.kind,
        letter.thread,
        letter.language,
        letter.posted_at,
        comes_back=office.box.address_for(letter.id) if office.box else None,
        is_answered=letter.takes_answers,
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


SENDING = Follower("mail.send", text("Sending e-mails"), _follow)
