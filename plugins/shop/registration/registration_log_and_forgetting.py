"""What registering writes into the log, who is told of it, and what is forgotten in time."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.background_work import PeriodicJob
from billing_panel.kernel.extension.hooks import EventReader, EventWords, Sight
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.panel_functions import PanelFunction
from plugins.shop.registration.registration import forget_registrations

REGISTERED = "client.registered"
KINDS: Mapping[str, Text] = {REGISTERED: text("Client registered")}


def _words(_session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    return {event.id: EventWords(KINDS[event.kind], event.told) for event in events}


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    return ()


def _forget(database: Database, _actor: Actor, clock: Clock) -> None:
    with database.writing() as session:
        forget_registrations(session, at=clock.now())


# whoever is shown the list of clients, in which they stand now
SIGHTS = {REGISTERED: Sight((PanelFunction.CLIENT_READ,))}
REGISTRATION_EVENTS = EventReader(KINDS, _words, _numbered, SIGHTS)
FORGETTING = PeriodicJob(
    "shop.registrations", text("Deleting registrations nobody confirmed"), 30, _forget
)
