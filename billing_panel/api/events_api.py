"""The API of the log: what happened, as far as the token's owner is told of it.

It is the live feed of pages (docs/live.md) for programs: each event is judged in the same way. What
the audit log says of it besides is told to whoever reads that.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, cast

from flask import Response, request
from pydantic import BeforeValidator, Field, ValidationInfo
from sqlalchemy.orm import Session

from billing_panel.api.answer_models import Answer, Key, Moment, PageAnswer
from billing_panel.api.endpoint_declaration import JSON, STREAM
from billing_panel.api.endpoint_dispatch import AnyCall, Api, Call
from billing_panel.api.query_parameters import DEFAULT_PAGE, Limit, Query
from billing_panel.api.request_bodies import NoBody
from billing_panel.api.token_actor import read_bearer
from billing_panel.audit.extend_hash_chain import head_of
from billing_panel.audit.log_entries import LogEntry, read
from billing_panel.audit.visible_events import of_these
from billing_panel.kernel.language.errors import (
    Busy,
    DomainError,
    FieldError,
    Invalid,
    Refused,
    TooManyAtOnce,
)
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.live.feed_cursor import Cursor, read_cursor
from billing_panel.live.listener_rights import rights_of_all
from billing_panel.live.listeners import GO_ON, Listener, Person
from permissions.guard import allows
from permissions.panel_functions import PanelFunction

# where the server can't stream, a stream is asked for again so much later
COME_AGAIN = 30
FROM_THE_BEGINNING = Cursor()

api = Api("events_api", "Log")


def _place(written: Any, known: ValidationInfo) -> Any:
    """Raises Invalid ``unknown_place``."""
    try:
        return Cursor(read_cursor(str(written)).log)
    except Refused as error:
        field = known.field_name or ""
        raise Invalid([FieldError(field, "unknown_place", error.message)]) from error


def _as_text(schema: dict[str, Any]) -> None:
    schema.pop("default")
    schema.update(type="string", pattern=r"^\d{1,18}(_\d{1,18}-\d{1,18})*$")


class EventsQuery(Query):
    """``after``: an id, or a ``cursor`` that was answered; none: from the beginning."""

    after: Annotated[Any, BeforeValidator(_place)] = Field(
        default=None, json_schema_extra=_as_text, examples=["812"]
    )
    limit: Limit = DEFAULT_PAGE


class NoPlaceLeft(Busy):
    """As many streams are open as this server, or this person, may have (503)."""

    def __init__(self) -> None:
        DomainError.__init__(
            self,
            text(
                "No more live streams can be opened now. Ask for events by “after” meanwhile,"
                " and try again in %(seconds)s s.",
                seconds=COME_AGAIN,
            ),
            facts={"retry_after": COME_AGAIN},
        )
        self.seconds = COME_AGAIN


class WhoAnswer(Answer):
    """Who acted. ``login`` is null for somebody who is not named."""

    login: str | None = Field(examples=["maria"])
    name: str


class ConcernedAnswer(Answer):
    """The client whom an event concerns. ``login``: for readers of the audit log alone."""

    id: int
    login: str | None = Field(default=None, exclude_if=lambda login: login is None)


class SubjectAnswer(Answer):
    """What an event is about: its noun and its id."""

    kind: str = Field(examples=["order"])
    id: int | None


def _for_auditors() -> Any:
    return Field(default=None, exclude_if=lambda value: value is None)


class EventAnswer(Answer):
    """``by_me``: the owner of the token did it. The rest says where to look for what happened.

    ``by``, ``who``, ``address``, ``text``, ``facts`` and ``sealed`` are there for readers of the
    audit log alone; ``who`` and ``address`` only where somebody acted, from somewhere. ``sealed``:
    no event with a lower id becomes visible any more.
    """

    id: int
    at: Moment
    kind: str = Field(examples=["order.placed"])
    subject: SubjectAnswer
    client: ConcernedAnswer | None
    provider: Key | None
    by_me: bool
    by: ActorKind | None = _for_auditors()
    who: WhoAnswer | None = _for_auditors()
    address: str | None = _for_auditors()
    text: str | None = _for_auditors()
    facts: dict[str, Any] | None = _for_auditors()
    sealed: bool | None = _for_auditors()


class EventsAnswer(PageAnswer[EventAnswer]):
    """``cursor``: where to go on later, as ``after`` or ``Last-Event-ID``, so as to miss nothing.

    ``next_cursor`` is the same where more can be asked for at once.
    """

    cursor: str = Field(examples=["812"])


@api.get(
    "/events",
    transaction=False,
    files=(STREAM,),
    errors={503: ("busy",)},
)
def list_events(call: Call[NoBody, EventsQuery]) -> EventsAnswer | Response:
    """Lists what happened in the order of ids, or streams it as it happens.

    With ``Accept: text/event-stream`` it is a stream of server-sent events named `event`, each with
    the same fields as here, but for those of the audit log; it goes on after ``Last-Event-ID`` or
    ``after``, else from now. Whoever is too far behind is sent one event named `reset`, and asks
    for the rest by ``after``.
    """
    if request.accept_mimetypes.best_match([JSON, STREAM]) == STREAM:
        return _stream(call)
    running, query = call.panel, call.query
    with running.database.snapshot() as session:
        after = query.after or FROM_THE_BEGINNING
        found, cursor, more = running.feed.events_after(session, call.actor, after, query.limit)
        told = _told_in_log(session, call, [event.id for event, _ in found])
    items = [
        EventAnswer.model_validate({**item.data, **told.get(event.id, {})}) for event, item in found
    ]
    place = str(cursor)
    return EventsAnswer(items=items, cursor=place, next_cursor=place if more else None)


def _told_in_log(
    session: Session, call: Call[NoBody, EventsQuery], ids: Sequence[int]
) -> Mapping[int, Mapping[str, Any]]:
    """What the audit log says of these events besides, by id, to those who read it."""
    actor = call.actor
    if not ids or actor.client_id is not None or not allows(actor, PanelFunction.AUDIT_READ):
        return {}
    sealed = head_of(session).event_id
    events = of_these(session, actor, ids)
    entries = read(session, events, call.panel.event_readers, actor)
    return {entry.event.id: _of_log(entry, sealed, call.language) for entry in entries}


def event_answer(entry: LogEntry, sealed: int, call: AnyCall) -> EventAnswer:
    """An event as the audit log has it; ``sealed``: the id of the last one that is."""
    event = entry.event
    return EventAnswer(
        id=event.id,
        at=event.at,
        kind=event.kind,
        subject=SubjectAnswer(kind=event.subject_kind, id=event.subject_id),
        provider=entry.provider.key if entry.provider else None,
        by_me=event.user_id == call.actor.user_id,
        **_of_log(entry, sealed, call.language),
    )


def _of_log(entry: LogEntry, sealed: int, language: str) -> Mapping[str, Any]:
    event, client, who = entry.event, entry.client, entry.who
    return {
        "client": ConcernedAnswer(id=client.id, login=client.login) if client else None,
        "by": event.actor_kind,
        "who": WhoAnswer(login=who.login or None, name=who.name) if who else None,
        "address": event.address or None,
        "text": say(entry.words.said, language),
        "facts": dict(entry.words.told),
        "sealed": event.id <= sealed,
    }


def _stream(call: Call[NoBody, EventsQuery]) -> Response:
    """Raises NoPlaceLeft, Invalid."""
    go_on = cast("Callable[[Listener], None] | None", request.environ.get(GO_ON))
    begun = request.headers.get("Last-Event-ID")
    cursor = _last_event(begun) if begun else call.query.after or call.panel.feed.cursor()
    answer = Response(mimetype=STREAM, headers={"X-Accel-Buffering": "no"})
    # it is as long as the connection lasts
    answer.automatically_set_content_length = False
    if request.method == "GET":
        if go_on is None:
            raise NoPlaceLeft
        person = _person(call)
        try:
            listener = call.panel.feed.admit(person, cursor)
        except (Busy, TooManyAtOnce) as error:
            raise NoPlaceLeft from error
        go_on(listener)
    return answer


def _last_event(written: str) -> Cursor:
    try:
        return Cursor(read_cursor(written).log)
    except Refused as error:
        raise Invalid([FieldError("Last-Event-ID", "unknown_place", error.message)]) from error


def _person(call: Call[NoBody, EventsQuery]) -> Person:
    """Their rights and what these are made of, read in one snapshot."""
    running = call.panel
    with running.database.snapshot() as session:
        bearer = read_bearer(session, running)
        user_id = bearer.token.user_id
        rights = rights_of_all(session, [user_id]).get(user_id, frozenset())
    return Person(
        actor=bearer.actor,
        user_id=user_id,
        session=bearer.token.secret,
        rights=rights,
        by_token=True,
    )
