"""Sending one letter straight to the server, to test the settings."""

import asyncio
from dataclasses import replace

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.database.no_slow_work_while_writing import slow
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.secret_fingerprints import new_secret
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.send_letters import compose
from billing_panel.mail.sending.sending_attempts import Claimed, SendOutcome
from billing_panel.mail.sending.smtp_session import SmtpSession

TESTED = MailKind(
    key="mail.tested",
    section=text("Mail"),
    title=text("Test of the mail server"),
    placeholders={"panel": text("The address of the panel")},
    example={"panel": "https://panel.example.com"},
)


@slow
def try_server(database: Database, address: str, language: str, clock: Clock) -> SendOutcome:
    """What the server makes of a letter to ``address``; nothing of it is kept.

    Raises Refused ``mail_not_set_up``, BadAddress.
    """
    office = database.info.get(POST_OFFICE)
    if not isinstance(office, PostOffice) or office.server is None:
        raise Refused(
            text("Mail is not set up: set BILLING_PANEL_SMTP_URL and BILLING_PANEL_MAIL_FROM."),
            code="mail_not_set_up",
        )
    now = clock.now()
    letter = Claimed(
        id=0,
        key=new_secret(),
        kind=TESTED.key,
        to=address,
        language=language,
        values={"panel": office.public_url},
        secrets=None,
        provider_id=None,
        thread=None,
        attachments=(),
        takes_answers=False,
        template=None,
        posted_at=now,
        give_up_at=now,
        tries=1,
        claim="",
    )
    knowing = replace(office, kinds={TESTED.key: TESTED})
    composed = compose(database, knowing, office.server, letter)
    line = SmtpSession(office.server)

    async def hand_over() -> SendOutcome | None:
        try:
            return await line.send(composed.envelope, composed.content, _at_once)
        finally:
            await line.quit()

    outcome = asyncio.run(hand_over())
    assert outcome is not None  # noqa: S101 (nothing holds it back)
    return outcome


async def _at_once() -> bool:
    return True
