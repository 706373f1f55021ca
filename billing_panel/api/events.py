"""The API of the log: what happened, as far as the token's owner sees it."""

from typing import Any

from billing_panel.api.bodies import DEFAULT_PAGE, MAX_PAGE, NoBody, query_values, whole
from billing_panel.api.routes import Answer, Api, Call
from billing_panel.audit.queries import following
from billing_panel.audit.reading import LogEntry, read
from billing_panel.audit.seal import head_of
from billing_panel.kernel.language.text import say
from permissions.functions import PanelFunction

api = Api("events_api")


@api.get("/events", PanelFunction.AUDIT_READ)
def list_events(call: Call[NoBody]) -> Answer:
    """``after``: the id the page before ended with; 0, or none, from the beginning."""
    values = query_values("after", "limit")
    limit = whole(values, "limit", most=MAX_PAGE) or DEFAULT_PAGE
    after = 0 if values.get("after") == "0" else whole(values, "after") or 0
    events = following(call.session, call.actor, after=after, limit=limit + 1)
    sealed = head_of(call.session).event_id
    entries = read(call.session, events[:limit], call.panel.event_readers, call.actor)
    return {
        "items": [_event(entry, sealed, call.language) for entry in entries],
        "next_cursor": str(events[limit - 1].id) if len(events) > limit else None,
    }


def _event(entry: LogEntry, sealed: int, language: str) -> dict[str, Any]:
    event = entry.event
    return {
        "id": event.id,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "by": event.actor_kind.value,
        "who": {"login": entry.who.login or None, "name": entry.who.name} if entry.who else None,
        "address": event.address or None,
        "provider": entry.provider.key if entry.provider else None,
        "client": {"id": entry.client.id, "login": entry.client.login} if entry.client else None,
        "subject": {"kind": event.subject_kind, "id": event.subject_id},
        "text": say(entry.words.said, language),
        "facts": entry.words.told,
        "sealed": event.id <= sealed,
    }
