"""The words for events about webhooks, in the log."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from plugins.webhooks.functions import WebhooksFunction
from plugins.webhooks.store.models import Endpoint, OffReason

KINDS: Mapping[str, Text] = {
    "webhook.created": text("Webhook added"),
    "webhook.changed": text("Webhook changed"),
    "webhook.deleted": text("Webhook deleted"),
    "webhook.secret_replaced": text("Secret of a webhook replaced"),
    "webhook.switched_off": text("Webhook switched off automatically"),
    "webhook.replayed": text("Webhook deliveries sent again"),
}
SIGHT = Sight((WebhooksFunction.READ, WebhooksFunction.CHANGE))
OFF_REASONS: Mapping[OffReason, Text] = {
    OffReason.BY_HAND: text("Switched off by hand."),
    OffReason.FAILING: text("Nothing has arrived for five days."),
    OffReason.GONE: text("The receiver said that it is gone for good (410)."),
    OffReason.PERSON: text(
        "Whoever saved it may no longer change webhooks; save it again to go on."
    ),
}
FIELDS: Mapping[str, Text] = {
    "title": text("Title"),
    "url": text("Address"),
    "kinds": text("Kinds of events"),
    "on": text("On"),
}
NUMBER, REASON = text("Number"), text("Reason")


def _words(session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    ids = {event.subject_id for event in events}
    found = session.execute(select(Endpoint.id, Endpoint.title).where(Endpoint.id.in_(ids)))
    titles = {row.id: row.title for row in found}
    return {
        event.id: EventWords(
            KINDS[event.kind],
            event.told,
            [*_details(event.told)],
            _subject(event, titles.get(event.subject_id)),
        )
        for event in events
    }


def _details(told: Mapping[str, Any]) -> Iterator[Detail]:
    for name, label in FIELDS.items():
        if name in told:
            yield Detail(label, told[name])
        elif name in told.get("changes", {}):
            before, after = told["changes"][name]
            yield Detail(label, after, before)
    if "reason" in told:
        yield Detail(REASON, OFF_REASONS[OffReason(told["reason"])])
    if "number" in told:
        yield Detail(NUMBER, told["number"])


def _subject(event: Event, title: str | None) -> Subject | None:
    """None: it was deleted."""
    if title is None:
        return None
    values = {"endpoint_id": event.subject_id}
    return Subject(title, "webhooks.change", values, WebhooksFunction.CHANGE)


WEBHOOK_EVENTS = EventReader(
    KINDS, _words, lambda _session, _number: (), dict.fromkeys(KINDS, SIGHT)
)
