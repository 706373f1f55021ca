"""The wording of correspondence events in the log: that something was written, never what."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from plugins.messages.functions import MessagesFunction
from plugins.messages.store.models import Dialogue, ReadyAnswer
from plugins.orders.store.models import number_of

KINDS: Mapping[str, Text] = {
    "message.written": text("Message written"),
    "message.seen": text("Client’s messages read for the first time"),
    "note.written": text("Internal note written"),
    "answer_template.created": text("Answer template added"),
    "answer_template.changed": text("Answer template changed"),
    "answer_template.deleted": text("Answer template deleted"),
}

READ = (MessagesFunction.MESSAGE_READ,)
TEMPLATES = Sight((MessagesFunction.TEMPLATE_CHANGE,))
SIGHTS: Mapping[str, Sight] = {
    "message.written": Sight(READ, clients=True),
    # a client is told neither of notes nor of who has read what
    "message.seen": Sight(READ),
    "note.written": Sight(READ),
    "answer_template.created": TEMPLATES,
    "answer_template.changed": TEMPLATES,
    "answer_template.deleted": TEMPLATES,
}


def _words(session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    ids = {event.subject_id for event in events if event.subject_kind == "dialogue"}
    rows = session.execute(
        select(Dialogue.id, Dialogue.client_id, Provider.key)
        .join(Provider, Provider.id == Dialogue.provider_id)
        .where(Dialogue.id.in_(ids))
    )
    dialogues = {row.id: (row.client_id, row.key) for row in rows}
    of_templates = {e.subject_id for e in events if e.subject_kind == "answer_template"}
    templates = set(session.scalars(select(ReadyAnswer.id).where(ReadyAnswer.id.in_(of_templates))))
    return {
        event.id: EventWords(
            KINDS[event.kind], event.told, _details(event), _subject(event, dialogues, templates)
        )
        for event in events
    }


def _details(event: Event) -> Sequence[Detail]:
    if "title" in event.told:
        return (Detail(text("Title"), event.told["title"]),)
    return ()


def _subject(
    event: Event, dialogues: Mapping[int, tuple[int, str]], templates: set[int]
) -> Subject | None:
    if event.subject_kind == "answer_template":
        if event.subject_id not in templates:
            return None
        values = {"template_id": event.subject_id}
        needs = MessagesFunction.TEMPLATE_CHANGE
        return Subject(event.told["title"], "answer_templates.change", values, needs)
    order_id = event.facts.get("order_id")
    if order_id is not None:
        name = text("Messages about order № %(number)s", number=number_of(order_id))
        values = {"order_id": order_id}
        return Subject(name, "messages.order_dialogue", values, MessagesFunction.MESSAGE_READ)
    if event.subject_id not in dialogues:
        return None
    client_id, provider = dialogues[event.subject_id]
    return Subject(
        text("General messages"),
        "messages.general_dialogue",
        {"client_id": client_id, "key": provider},
        MessagesFunction.MESSAGE_READ,
    )


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    """Orders and clients are found by their own numbers."""
    return ()


MESSAGE_EVENTS = EventReader(KINDS, _words, _numbered, SIGHTS)
