"""What a subscriber is told of an event: a few names of it, and never a word that anybody wrote.

It is what the live feed tells the one who saved the endpoint, in the form of the API, with what
they need to fetch the rest there: the ids of the order and of the client, and the order's number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.api.answer_models import Answer, Key, Moment
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.live.event_visibility import Judge, Surroundings, surroundings
from billing_panel.live.log_reader import LoggedEvent
from plugins.orders.store.models import OrderDocument, number_of
from plugins.webhooks.endpoints.event_kinds import kinds_chosen
from plugins.webhooks.session_info_keys import known_events
from plugins.webhooks.store.models import Endpoint

TEST = "webhook.test"


class ToldClient(Answer):
    """The client whom an event concerns: by id alone, as ``GET /events`` names them."""

    id: int


class ToldSubject(Answer):
    """What an event is about: its noun and its id."""

    kind: str = Field(examples=["order"])
    id: int


class ToldOrder(Answer):
    """The order that an event is about, as of a document or a message of it too."""

    id: int
    number: str = Field(examples=["10017"])


class ToldEvent(Answer):
    """An event, with the fields that ``GET /events`` has of it, and its order."""

    id: int
    at: Moment
    kind: str = Field(examples=["order.moved"])
    provider: Key | None
    client: ToldClient | None
    subject: ToldSubject
    order: ToldOrder | None


class Payload(Answer):
    """The body of a webhook. ``type``: the kind of event; ``data`` null: it is a test."""

    type: str = Field(examples=["order.moved"])
    timestamp: Moment
    data: ToldEvent | None


@dataclass(frozen=True)
class Happened:
    """An event of the log as it is judged, and what it is about."""

    event: LoggedEvent
    at: datetime
    order_id: int | None

    @property
    def lane(self) -> str:
        """What is delivered in order."""
        if self.order_id is not None:
            return f"order:{self.order_id}"
        return f"{self.event.subject_kind}:{self.event.subject_id}"


def read_happened(session: Session, event_ids: Sequence[int]) -> Sequence[Happened]:
    """The events of these ids, in the order of the log."""
    events = session.scalars(select(Event).where(Event.id.in_(event_ids)).order_by(Event.id)).all()
    documents = [one.subject_id for one in events if one.subject_kind == "document"]
    orders = _orders_of(session, documents) if documents else {}
    return [Happened(_logged(one), one.at, _order_id(one, orders)) for one in events]


def _logged(event: Event) -> LoggedEvent:
    return LoggedEvent(
        event.id,
        event.kind,
        event.user_id,
        event.provider_id,
        event.client_id,
        event.subject_kind,
        event.subject_id,
        event.at,
    )


def _orders_of(session: Session, document_ids: Sequence[int]) -> Mapping[int, int]:
    found = select(OrderDocument.document_id, OrderDocument.order_id)
    rows = session.execute(found.where(OrderDocument.document_id.in_(document_ids)))
    return {row.document_id: row.order_id for row in rows}


def _order_id(event: Event, orders_of_documents: Mapping[int, int]) -> int | None:
    match event.subject_kind:
        case "order":
            return event.subject_id
        case "document":
            return orders_of_documents.get(event.subject_id)
        case "dialogue":
            order_id = event.facts.get("order_id")
            return order_id if isinstance(order_id, int) else None
        case _:
            return None


def is_told(
    session: Session, endpoint: Endpoint, actor: Actor, happened: Sequence[Happened]
) -> Sequence[Happened]:
    """Those of ``happened`` that the endpoint chose, and that ``actor``, who saved it, may know."""
    kinds = kinds_chosen(session, endpoint.kinds)
    chosen = [one for one in happened if one.event.kind in kinds]
    if not chosen:
        return ()
    around = surroundings(session, [one.event for one in chosen])
    judge = Judge(actor, known_events(session).sights, in_person=False)
    return [
        one
        for one in chosen
        if _is_of(endpoint, one.event, around) and judge.news(one.event, around) is not None
    ]


def _is_of(endpoint: Endpoint, event: LoggedEvent, around: Surroundings) -> bool:
    """Of the endpoint's provider, or of a client of theirs."""
    if event.provider_id is not None:
        return event.provider_id == endpoint.provider_id
    clients = around.of_clients.get(event.client_id or 0, frozenset())
    return endpoint.provider_id in clients


def payload_of(endpoint: Endpoint, happened: Happened) -> Payload:
    """The body of the webhook about ``happened``."""
    event, order_id = happened.event, happened.order_id
    return Payload(
        type=event.kind,
        timestamp=happened.at,
        data=ToldEvent(
            id=event.id,
            at=happened.at,
            kind=event.kind,
            provider=endpoint.provider.key,
            client=ToldClient(id=event.client_id) if event.client_id else None,
            subject=ToldSubject(kind=event.subject_kind, id=event.subject_id),
            order=None if order_id is None else ToldOrder(id=order_id, number=number_of(order_id)),
        ),
    )


def payload_of_test(at: datetime) -> Payload:
    """The body of a webhook that only shows that it arrives."""
    return Payload(type=TEST, timestamp=at, data=None)
