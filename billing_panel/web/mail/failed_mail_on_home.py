"""What Home says of e-mails that nobody got."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.home_parts import HomePart, Waiting
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.outbox import failed_number
from billing_panel.web.shell.route_access import may_open

TITLE = text("E-mails that could not be sent or may not have arrived")


def failed_mail(session: Session, actor: Actor) -> Sequence[HomePart]:
    """How many failed, for whoever may look at the outbox; nothing where none did."""
    failed = failed_number(session, actor) if may_open("outbox.index") else 0
    if not failed:
        return ()
    return [Waiting(TITLE, failed, "outbox.index", {"state": "failed"}, urgent=True)]
