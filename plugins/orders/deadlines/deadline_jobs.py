"""What the worker does about dates that have passed; it tells of orders that could not be moved."""

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.deadlines.fire_deadlines import Fired, fire_deadlines
from plugins.orders.deadlines.fire_passed_dates import watch_dates


def fire(database: Database, *, actor: Actor, clock: Clock) -> None:
    """``fire_deadlines``. Raises Refused ``broke_off``."""
    refuse_broken(fire_deadlines(database, actor=actor, clock=clock))


def watch(database: Database, *, actor: Actor, clock: Clock) -> None:
    """``watch_dates``. Raises Refused ``broke_off``."""
    refuse_broken(watch_dates(database, actor=actor, clock=clock))


def refuse_broken(fired: Fired) -> None:
    """Raise Refused ``broke_off`` where a mistake of ours broke some off."""
    if fired.broke_off:
        message = text(
            "Orders that could not be handled: %(number)s. The worker’s log says why;"
            " it tries again each time.",
            number=fired.broke_off,
        )
        raise Refused(message, code="broke_off")
