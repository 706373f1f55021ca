"""One letter straight to the server, to see whether mail is set up right."""

import asyncio
from dataclasses import replace

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.database.slow_work import slow
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.ids import new_secret
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from billing_panel.mail.sending.claims import Claimed, Outcome
from billing_panel.mail.sending.send_letters import compose
from billing_panel.mail.sending.smtp_session import SmtpSession

TESTED = MailKind(
    key="mail.tested",
    section=text("Mail"),
    title=text("Test of the mail server"),
    placeholders={"panel": text("The address of the panel")},
    example={"panel": "https://panel.example.com"},
)


@slow
def try_server(database: Database, address: str, language: str, clock: Clock) -> Outcome:
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
        template=None,
        posted_at=now,
        give_up_at=now,
        tries=1,
        claim="",
    )
    knowing = replace(office, kinds={TESTED.key: TESTED})
    composed = compose(database, knowing, office.server, letter)
    line = SmtpSession(office.server)

    async def hand_over() -> Outcome | None:
        try:
            return await line.send(composed.envelope, composed.content, _at_once)
        finally:
            await line.quit()

    outcome = asyncio.run(hand_over())
    assert outcome is not None  # noqa: S101 (nothing holds it back)
    return outcome


async def _at_once() -> bool:
    return True
