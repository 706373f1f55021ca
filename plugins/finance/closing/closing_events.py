"""How closing and reopening months are read in the log."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Detail, EventReader, EventWords, Sight
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from plugins.finance.closing.close_months import CLOSED, REOPENED
from plugins.finance.functions import CLOSING

KINDS: Mapping[str, Text] = {
    CLOSED: text("Month closed in the books"),
    REOPENED: text("Month reopened in the books"),
}


def _words(_session: Session, events: Sequence[Event], _actor: Actor) -> Mapping[int, EventWords]:
    return {event.id: _of(event) for event in events}


def _of(event: Event) -> EventWords:
    told = event.told
    details = [Detail(text("Month"), told["month"])]
    if told.get("reason"):
        details.append(Detail(text("Reason"), told["reason"]))
    return EventWords(KINDS[event.kind], told, tuple(details))


def _numbered(_session: Session, _number: str) -> Sequence[tuple[str, int]]:
    return ()


CLOSING_EVENTS = EventReader(KINDS, _words, _numbered, dict.fromkeys(KINDS, Sight(CLOSING)))
