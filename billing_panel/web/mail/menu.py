"""The places of mail in the menu."""

from collections.abc import Sequence

from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open

PLACES = (
    NavigationEntry(text("Mail"), "mail_texts.first", "mail", settings=True),
    NavigationEntry(text("Outbox"), "outbox.index", "send", settings=True),
)


def places(actor: Actor) -> Sequence[NavigationEntry]:
    """Those one of staff may open."""
    if actor.client_id is not None:
        return ()
    return [entry for entry in PLACES if may_open(entry.endpoint)]
