"""The places of orders in the menu."""

from collections.abc import Iterator, Sequence

from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import panel
from billing_panel.web.shell.route_access import may_open
from plugins.orders.exceptions.find_exceptions import waiting


def places(actor: Actor) -> Iterator[NavigationEntry]:
    """Those the actor may open."""
    own = {"client_id": actor.client_id}
    if actor.client_id is None and may_open("every_order.index"):
        yield NavigationEntry(text("Orders"), "every_order.index", "orders")
    if actor.client_id is not None and may_open("orders.active"):
        yield NavigationEntry(text("My orders"), "orders.active", "orders")
    if actor.client_id is not None and may_open("services.own"):
        yield NavigationEntry(text("Services"), "services.own", "server")
    if actor.client_id is not None and may_open("balance.page"):
        yield NavigationEntry(text("My balance"), "balance.page", "card", own)
    yield from _documents(actor)
    with panel().database.reading_along() as db:
        open_now = waiting(db, actor, panel().clock.now())
    if open_now is not None:
        label = text("Exceptions (%(number)s)", number=open_now) if open_now else text("Exceptions")
        yield NavigationEntry(label, "exceptions.index", "shield", follows="exceptions")
    if actor.client_id is None and may_open("promos.index"):
        yield NavigationEntry(text("Promo codes"), "promos.index", "tag", settings=True)
    if actor.client_id is None and may_open("statuses.first"):
        yield NavigationEntry(
            text("Order statuses"),
            "statuses.first",
            "flow",
            settings=True,
            heading=text("Settings → Store configuration"),
        )


def provider_places(key: str) -> Sequence[NavigationEntry]:
    """Of one provider."""
    return (
        NavigationEntry(text("Orders"), "every_order.index", "orders", {"provider": key}),
        NavigationEntry(text("Order statuses"), "statuses.index", "flow", {"key": key}),
    )


def _documents(actor: Actor) -> Iterator[NavigationEntry]:
    if may_open("document_list.index"):
        label = text("Documents") if actor.client_id is None else text("My documents")
        yield NavigationEntry(label, "document_list.index", "invoice")
