"""The places of the administration in the menu."""

from collections.abc import Sequence

from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open

PLACES = (
    NavigationEntry(text("Clients"), "clients.index", "users"),
    NavigationEntry(text("Providers"), "providers.index", "server", settings=True),
    NavigationEntry(text("Payment methods"), "methods.index", "card", settings=True),
    NavigationEntry(text("Tariffs"), "tariffs.index", "box", settings=True),
    NavigationEntry(text("Client groups"), "groups.index", "tag", settings=True),
    NavigationEntry(text("Staff"), "staff.index", "person", settings=True),
    NavigationEntry(text("Permissions"), "permissions.page", "shield", settings=True),
    NavigationEntry(text("Audit log"), "audit.index", "clock", settings=True),
    NavigationEntry(text("Background jobs"), "jobs.index", "refresh", settings=True),
)


def places(actor: Actor) -> Sequence[NavigationEntry]:
    """Those one of staff may open."""
    if actor.client_id is not None:
        return ()
    return [entry for entry in PLACES if may_open(entry.endpoint)]


def provider_places(key: str) -> Sequence[NavigationEntry]:
    """Of one provider."""
    return (
        NavigationEntry(text("Clients"), "clients.index", "users", {"provider": key}),
        NavigationEntry(text("Tariffs"), "tariffs.index", "box", {"provider": key}),
    )
