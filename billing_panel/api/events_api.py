"""The API of the log: what happened, as far as the token's owner sees it."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from billing_panel.api.answer_models import Answer, Key, Moment, PageAnswer
from billing_panel.api.query_parameters import DEFAULT_PAGE, Limit, Query, page_by_id, whole
from billing_panel.api.request_bodies import NoBody
from billing_panel.api.routes import Api, Call
from billing_panel.audit.event_queries import following
from billing_panel.audit.read_log import LogEntry, read
from billing_panel.audit.seal_events import head_of
from billing_panel.kernel.language.text import say
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.ids import MAX_ID
from permissions.functions import PanelFunction

api = Api("events_api", "Log")


class EventsQuery(Query):
    """``after``: the id the page before ended with; 0, or none, from the beginning."""

    after: Annotated[int, Field(ge=0, le=MAX_ID), BeforeValidator(whole(least=0))] = 0
    limit: Limit = DEFAULT_PAGE


class WhoAnswer(Answer):
    """Who acted. ``login`` is null for somebody who is not named."""

    login: str | None = Field(examples=["maria"])
    name: str


class ConcernedAnswer(Answer):
    """The client whom an event concerns, or on whose behalf it was."""

    id: int
    login: str = Field(examples=["stoyanova"])


class SubjectAnswer(Answer):
    """What an event is about: its noun and its id."""

    kind: str = Field(examples=["order"])
    id: int | None


class EventAnswer(Answer):
    """``who`` is null where nobody acted, or the caller may not see who. ``facts`` by name.

    ``sealed``: no event with a lower id becomes visible any more.
    """

    id: int
    at: Moment
    kind: str = Field(examples=["order.placed"])
    by: ActorKind
    who: WhoAnswer | None
    address: str | None = Field(examples=["192.0.2.7"])
    provider: Key | None
    client: ConcernedAnswer | None
    subject: SubjectAnswer
    text: str
    facts: dict[str, Any]
    sealed: bool


@api.get("/events", PanelFunction.AUDIT_READ)
def list_events(call: Call[NoBody, EventsQuery]) -> PageAnswer[EventAnswer]:
    """Lists the log in the order of ids, as far as visible.

    ``next_cursor`` is the next ``after``.
    """
    query = call.query
    found = following(call.session, call.actor, after=query.after, limit=query.limit + 1)
    events, cursor = page_by_id(found, query.limit)
    sealed = head_of(call.session).event_id
    entries = read(call.session, events, call.panel.event_readers, call.actor)
    items = [_event(entry, sealed, call.language) for entry in entries]
    return PageAnswer(items=items, next_cursor=cursor)


def _event(entry: LogEntry, sealed: int, language: str) -> EventAnswer:
    event, client = entry.event, entry.client
    return EventAnswer(
        id=event.id,
        at=event.at,
        kind=event.kind,
        by=event.actor_kind,
        who=WhoAnswer(login=entry.who.login or None, name=entry.who.name) if entry.who else None,
        address=event.address or None,
        provider=entry.provider.key if entry.provider else None,
        client=ConcernedAnswer(id=client.id, login=client.login) if client else None,
        subject=SubjectAnswer(kind=event.subject_kind, id=event.subject_id),
        text=say(entry.words.said, language),
        facts=dict(entry.words.told),
        sealed=event.id <= sealed,
    )
