"""What posting and sending stand on, found by them in each session (``Session.info``)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.kernel.database.db import Database
from billing_panel.kernel.database.sealed_secrets import Seal
from billing_panel.kernel.extension.mail_kinds import Attachment, MailKind
from billing_panel.kernel.process.mail_settings import MailServer

POST_OFFICE = "post_office"
PURPOSE = "letter"


@dataclass(frozen=True)
class PostOffice:
    """``server`` None: letters are shown on a page (``shows``), or not written at all.

    ``attachment(database, noun, id)`` fetches a file to go with a letter; None: it is gone.
    """

    kinds: Mapping[str, MailKind]
    secret_key: str
    public_url: str
    server: MailServer | None
    shows: bool
    attachment: Callable[[Database, str, int], Attachment | None]

    @property
    def is_open(self) -> bool:
        return self.shows or self.server is not None

    @property
    def seal(self) -> Seal:
        return Seal(self.secret_key, PURPOSE)


def post_office(session: Session) -> PostOffice | None:
    """The office of the panel whose session it is; None: it has none, and nothing is posted."""
    office = session.info.get(POST_OFFICE)
    return office if isinstance(office, PostOffice) and office.is_open else None
