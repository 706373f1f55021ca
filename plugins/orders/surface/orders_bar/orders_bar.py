"""The orders bar at the bottom of the pages of staff whose orders are accepted by hand (D6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import PagePart
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.request_context import panel
from permissions.guard import allows
from plugins.orders.functions import ACTING, OrdersFunction
from plugins.orders.surface.orders_bar.bar_rows import Bar, read_bar

# what its buttons say; what a workflow calls them says the page they lead to
STEP_TITLES: dict[str, Text] = {
    "accept": text("Accept"),
    "pay": text("Pay"),
    "complete": text("Complete"),
    "cancel": text("Cancel"),
    "void": text("Void"),
}


@dataclass(frozen=True)
class BarShown:
    """``now``: when it was made, by which the age of an order is told."""

    bar: Bar
    now: datetime

    titles = STEP_TITLES


def feet(session: Session, actor: Actor) -> Sequence[PagePart]:
    """The bar as it is now."""
    return bars_of(session, actor, panel().clock.now())


def bars_of(session: Session, actor: Actor, now: datetime) -> Sequence[PagePart]:
    """For whoever can do something with orders, where some provider of theirs takes them so."""
    if actor.client_id is not None or not allows(actor, OrdersFunction.ORDER_READ):
        return ()
    if not allows(actor, *ACTING):
        return ()
    bar = read_bar(session, actor)
    return () if bar is None else (PagePart("orders/bar.html", BarShown(bar, now), place="foot"),)
