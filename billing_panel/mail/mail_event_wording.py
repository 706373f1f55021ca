"""The words for events about mail, in the log."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from billing_panel.audit.panel_event_wording import title_of
from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight, Subject
from billing_panel.kernel.language.text import OWN_NAMES, Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.letter_problems import GONE
from billing_panel.mail.post_office import POST_OFFICE, PostOffice
from permissions.panel_functions import PanelFunction

KINDS: Mapping[str, Text] = {
    "letter.sent_again": text("E-mail sent again"),
    "mail.sender_changed": text("E-mail sender changed"),
    "mail.template_changed": text("E-mail text changed"),
}
# The Outbox shows letters, the pages of mail show texts and sender.
OUTBOX = Sight((PanelFunction.MAIL_READ,))
TEXTS = Sight((PanelFunction.MAIL_TEMPLATE_CHANGE,))
SIGHTS: Mapping[str, Sight] = {
    "letter.sent_again": OUTBOX,
    "mail.sender_changed": TEXTS,
    "mail.template_changed": TEXTS,
}
FIELDS: Mapping[str, Text] = {
    "footers": text("At the bottom of each e-mail"),
    "name": text("Sender’s name"),
    "reply_to": text("Replies go to"),
    "subject": text("Subject"),
    "text": text("Text"),
}


def _words(session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    office = session.info.get(POST_OFFICE)
    kinds = office.kinds if isinstance(office, PostOffice) else {}
    return {
        event.id: EventWords(
            KINDS[event.kind],
            event.told,
            tuple(_details(event.told, {key: kind.title for key, kind in kinds.items()})),
            _subject(event),
        )
        for event in events
    }


def _details(told: Mapping[str, Any], kinds: Mapping[str, Text]) -> Sequence[Detail]:
    found = []
    if "kind" in told:
        found.append(Detail(text("Kind of e-mail"), kinds.get(told["kind"], GONE)))
    if "language" in told:
        found.append(Detail(title_of("language"), OWN_NAMES[told["language"]]))
    if "fields" in told:
        fields = [FIELDS.get(name, name) for name in told["fields"]]
        found.append(Detail(title_of("fields"), fields))
    return found


def _subject(event: Event) -> Subject | None:
    """None: the panel knows the name of a provider."""
    if event.subject_kind != "letter":
        return None
    name = text("E-mail %(number)s", number=event.subject_id)
    values = {"letter_id": event.subject_id}
    return Subject(name, "outbox.letter", values, PanelFunction.MAIL_READ)


MAIL_EVENTS = EventReader(KINDS, _words, lambda _session, _number: (), SIGHTS)
