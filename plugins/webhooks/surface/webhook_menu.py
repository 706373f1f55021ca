"""The place of webhooks in the menu."""

from collections.abc import Iterator

from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open


def places(actor: Actor) -> Iterator[NavigationEntry]:
    """For staff who may look after webhooks."""
    if actor.client_id is None and may_open("webhooks.index"):
        yield NavigationEntry(text("Webhooks"), "webhooks.index", "bolt", settings=True)
