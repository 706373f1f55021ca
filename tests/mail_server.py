"""A mail server as bad as they come, on a port of its own (aiosmtpd)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Event
from typing import cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from typing_extensions import override

from tests.faults.server import free_port

PATIENCE = 30


@dataclass
class MailServer:
    """``refused``: recipients it has none of, ``busy``: those it puts off.

    ``slow``: recipients it thinks about until ``go_on``; ``holds``: those whose text it has
    taken, and says so as late. ``drops``: those at whose text it hangs
    up, before it has taken it or (``taken_first``) after.
    """

    refused: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)
    slow: set[str] = field(default_factory=set)
    holds: set[str] = field(default_factory=set)
    drops: set[str] = field(default_factory=set)
    taken_first: bool = False
    got: list[Envelope] = field(default_factory=list)
    port: int = 0
    asked_slow: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address in self.refused:
            return "550 No such user here"
        if address in self.busy:
            return "451 Come back later"
        if address in self.slow:
            self.asked_slow.set()
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del session
        (to,) = envelope.rcpt_tos
        if to not in self.drops or self.taken_first:
            self.got.append(envelope)
        if to in self.holds:
            self.asked_slow.set()
            await asyncio.to_thread(self.go_on.wait, PATIENCE)
        if to in self.drops:
            cast("asyncio.Transport", server.transport).abort()
        return "250 Taken"

    def to(self) -> list[str]:
        """Whom letters were taken for, in their order."""
        return [one.rcpt_tos[0] for one in self.got]

    def mails(self) -> list[EmailMessage]:
        found = [cast("bytes", one.original_content) for one in self.got]
        return [message_from_bytes(one, policy=default) for one in found]


class _Controller(Controller):
    """Tells on which port it listens."""

    @override
    def factory(self) -> SMTP:
        return SMTP(self.handler, enable_SMTPUTF8=True, hostname="mail.example", timeout=PATIENCE)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Listens on loopback until the block ends."""
    server = MailServer()
    controller = _Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    server.port = controller.port
    try:
        yield server
    finally:
        server.go_on.set()
        controller.stop()
