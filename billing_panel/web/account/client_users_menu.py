"""The users of a client, in the menu of their own area."""

from collections.abc import Sequence

from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open

USERS = "client_users.index"


def places(actor: Actor) -> Sequence[NavigationEntry]:
    """A client's owner manages the others."""
    if actor.client_id is None or not may_open(USERS):
        return ()
    return [NavigationEntry(text("Users"), USERS, "users", {"client_id": actor.client_id})]
