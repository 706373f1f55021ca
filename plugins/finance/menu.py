"""The finance desk's place in the menu: the registers, and for whoever sees none the payments."""

from collections.abc import Iterator

from billing_panel.kernel.extension.hooks import NavigationEntry
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.route_access import may_open

PLACES = (
    "registers.index",
    "incoming.index",
    "payouts.index",
    "reminders.index",
    "write_offs.index",
    "late_invoices.index",
    "closing.index",
)
ROOMS = (
    *("registers", "incoming", "payouts", "reminders", "reminder_rules", "write_offs"),
    *("closing", "late_invoices"),
)


def places(actor: Actor) -> Iterator[NavigationEntry]:
    """For staff alone."""
    if actor.client_id is not None:
        return
    first = next((one for one in PLACES if may_open(one)), None)
    if first is not None:
        yield NavigationEntry(text("Finance"), first, "bank", rooms=ROOMS)
