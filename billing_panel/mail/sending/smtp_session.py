"""One letter to the server over SMTP (RFC 5321), and what its answer means.

A server that takes its time takes it from this letter alone: each wait has an end. TLS is verified
by the system's authorities wherever it is asked for.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from billing_panel.kernel.process.mail_settings import MailServer
from billing_panel.mail.models import LetterState
from billing_panel.mail.sending.mime_message import Envelope
from billing_panel.mail.sending.sending_attempts import SendOutcome
from billing_panel.mail.writing.placeholders import in_one_line

# how long one answer of the server is waited for, and one letter takes in all
ANSWER_SECONDS = 30
LETTER_SECONDS = 90


@dataclass(frozen=True)
class Patience:
    """Seconds for one answer, and for all of one letter."""

    answer: float = ANSWER_SECONDS
    letter: float = LETTER_SECONDS


USUAL = Patience()


class NotEncrypted(SMTPException):
    """Encryption is asked for, and the server has none."""


class SmtpSession:
    """A connection that is opened at its first letter and kept for the next ones."""

    def __init__(self, server: MailServer, patience: Patience = Patience()) -> None:
        self.server = server
        self.patience = patience
        self._smtp: SMTP | None = None

    async def send(
        self, envelope: Envelope, content: bytes, before_data: Callable[[], Awaitable[bool]]
    ) -> SendOutcome | None:
        """Hand one letter over. None: ``before_data``, which commits that it goes, said no.

        What goes wrong is an SendOutcome, and closes the connection.
        """
        passing = _Passing()
        try:
            async with asyncio.timeout(self.patience.letter):
                return await self._send(envelope, content, before_data, passing)
        except (OSError, SMTPException, ValueError) as error:
            self.close()
            return _judged(error, passing)
        except BaseException:
            self.close()
            raise

    async def _send(
        self,
        envelope: Envelope,
        content: bytes,
        before_data: Callable[[], Awaitable[bool]],
        passing: "_Passing",
    ) -> SendOutcome | None:
        smtp = await self._ready()
        options = []
        if envelope.international:
            if not smtp.supports_extension("smtputf8"):
                return SendOutcome(LetterState.FAILED, "not_international")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        encoding = "utf-8" if envelope.international else "ascii"
        await smtp.mail(envelope.mail_from, options=options, encoding=encoding)
        await smtp.rcpt(envelope.to, encoding=encoding)
        if not await before_data():
            self.close()
            return None
        passing.handing_over = True
        answer = await smtp.data(content)
        return SendOutcome(LetterState.SENT, answer=in_one_line(answer.message))

    async def _ready(self) -> SMTP:
        """The connection there is, if it still lives; else a new one."""
        if self._smtp is not None:
            try:
                await self._smtp.rset()
            except (OSError, SMTPException):
                self.close()
            else:
                return self._smtp
        server = self.server
        self._smtp = smtp = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False,
            timeout=self.patience.answer,
            tls_context=trusted(),
        )
        await smtp.connect()
        await smtp.ehlo()
        if server.starttls:
            if not smtp.supports_extension("starttls"):
                raise NotEncrypted("the server does not offer STARTTLS")
            await smtp.starttls(tls_context=trusted())
            await smtp.ehlo()
        if server.user is not None and server.password is not None:
            await smtp.login(server.user, server.password)
        return smtp

    def close(self) -> None:
        """Drop the connection without a word."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    async def quit(self) -> None:
        """Take leave, if the server listens."""
        if self._smtp is not None:
            with suppress(OSError, SMTPException):
                await self._smtp.quit(timeout=2)
            self.close()


@cache
def trusted() -> ssl.SSLContext:
    """The authorities the system trusts, with the host's name checked."""
    return ssl.create_default_context()


@dataclass
class _Passing:
    """How far one letter came."""

    handing_over: bool = False


def _judged(error: Exception, passing: _Passing) -> SendOutcome:
    """5xx of the recipient or the text is for good; what is lost on its way may have arrived."""
    if isinstance(error, SMTPResponseException):
        return _refused(error, passing)
    said = in_one_line(str(error))
    if passing.handing_over:
        return SendOutcome(LetterState.UNCERTAIN, "lost", said)
    if isinstance(error, SMTPNotSupported):
        return SendOutcome(LetterState.WAITING, "sign_in_refused", said)
    if isinstance(error, TimeoutError):
        return SendOutcome(LetterState.WAITING, "too_slow")
    insecure = isinstance(error, NotEncrypted | ssl.SSLError)
    insecure = insecure or isinstance(error.__cause__, ssl.SSLError)
    return SendOutcome(LetterState.WAITING, "not_secure" if insecure else "unreachable", said)


def _refused(error: SMTPResponseException, passing: _Passing) -> SendOutcome:
    answer = f"{error.code} {in_one_line(error.message)}"
    if isinstance(error, SMTPAuthenticationError):
        return SendOutcome(LetterState.WAITING, "sign_in_refused", answer)
    of_this_one = isinstance(error, SMTPRecipientRefused) or passing.handing_over
    if error.code >= 500 and of_this_one:
        return SendOutcome(LetterState.FAILED, "refused", answer)
    return SendOutcome(LetterState.WAITING, "put_off", answer)
