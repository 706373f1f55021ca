"""What posting and sending need, found in each session (``Session.info``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.mail_kinds import Attachment, MailAnswer, MailKind
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.process.mail_settings import MailServer
from billing_panel.kernel.process.mailbox_settings import Mailbox
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.reply_address import ReplyBox

if TYPE_CHECKING:
    from billing_panel.kernel.database.encrypted_secrets import Seal

# every session has the office, and few seal anything
SEAL: Named[type[Seal]] = Named("billing_panel.kernel.database.encrypted_secrets:Seal")
POST_OFFICE = "post_office"
PURPOSE = "letter"


@dataclass(frozen=True)
class PostOffice:
    """``server`` None: letters are shown on a page (``shows``), or not written at all.

    ``mailbox`` None: nobody reads answers. ``answer`` hands one to whom it concerns.
    ``attachment(database, noun, id)`` fetches a file to go with a letter; None: it is gone.
    """

    kinds: Mapping[str, MailKind]
    secret_key: str
    public_url: str
    server: MailServer | None
    shows: bool
    attachment: Callable[[Database, str, int], Attachment | None]
    answer: Callable[[Session, MailAnswer, Actor, Clock], None]
    mailbox: Mailbox | None = None

    @property
    def is_open(self) -> bool:
        return self.shows or self.server is not None

    @property
    def box(self) -> ReplyBox | None:
        """Where letters are answered, and where they come back."""
        return ReplyBox(self.mailbox.address, self.secret_key) if self.mailbox else None

    @property
    def seal(self) -> Seal:
        return SEAL()(self.secret_key, PURPOSE)


def post_office(session: Session) -> PostOffice | None:
    """The office of the panel whose session it is; None: it has none, and nothing is posted."""
    office = session.info.get(POST_OFFICE)
    return office if isinstance(office, PostOffice) and office.is_open else None
