"""Events as people read them: who, when, from where, for whom, and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.person_names import Person, people
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.audit.panel_event_wording import details_of, facts_seen, subjects_of
from billing_panel.kernel.extension.hooks import EventReader, EventWords, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor, ActorKind


@dataclass(frozen=True)
class LogEntry:
    """``who`` None: the system by itself. ``client``: whom it concerns, or on whose behalf it was.

    ``subject`` None: nobody knows its name; then it is its noun and id.
    """

    event: Event
    who: Person | None
    client: Client | None
    provider: Provider | None
    words: EventWords
    subject: Subject | None

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def by_itself(self) -> bool:
        return self.event.actor_kind is ActorKind.SYSTEM


def read(
    session: Session, events: Sequence[Event], readers: Sequence[EventReader], actor: Actor
) -> Sequence[LogEntry]:
    """In the order they came; what they name is looked up for all of them at once.

    What ``actor`` may not see elsewhere is not shown here.
    """
    who = people(session, {event.user_id for event in events if event.user_id}, actor)
    client_ids = {event.client_id for event in events}
    concerned = select(Client).where(Client.id.in_(client_ids))
    clients = {row.id: row for row in session.scalars(concerned)}
    provider_ids = {event.provider_id for event in events}
    found = select(Provider).where(Provider.id.in_(provider_ids))
    providers = {row.id: row for row in session.scalars(found)}
    words = _words(session, events, readers, actor)
    subjects = subjects_of(session, events)
    return [
        LogEntry(
            event=event,
            who=who.get(event.user_id or 0),
            client=clients.get(event.client_id or 0),
            provider=providers.get(event.provider_id or 0),
            words=words[event.id],
            subject=words[event.id].subject or subjects.get((event.subject_kind, event.subject_id)),
        )
        for event in events
    ]


def _words(
    session: Session, events: Sequence[Event], readers: Sequence[EventReader], actor: Actor
) -> Mapping[int, EventWords]:
    """An event nobody has words for is told by its kind and its plain facts."""
    found = {event.id: _plain_words(event, actor) for event in events}
    for reader in readers:
        own = [event for event in events if event.kind in reader.kinds]
        found.update(reader.words(session, own, actor) if own else {})
    return found


def _plain_words(event: Event, actor: Actor) -> EventWords:
    said: Text = text("%(action)s", action=event.kind)
    seen = facts_seen(event.told, actor)
    return EventWords(said, seen, tuple(details_of(seen)))
