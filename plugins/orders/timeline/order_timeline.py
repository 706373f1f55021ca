"""The history of one order: what happened, when, by whom, why. A reader of the log."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.person_names import Person, people
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.id_or_name import MAX_ID
from plugins.orders.store.models import Order
from plugins.orders.store.versions.installed_vocabulary import vocabulary_of
from plugins.orders.store.versions.workflow_store import status_titles, workflow_of
from plugins.orders.store.visibility.price_visibility import sees_prices, without_sums
from plugins.orders.timeline.event_sentences import (
    EXCEPTION_USED,
    EventSentences,
    Facts,
    Written,
    typed_details,
)
from plugins.orders.timeline.question_asked import ASKING_CLIENTS, question_asked

# what a page shows at once
PART = 50

# what a client is not told about their order
FOR_STAFF = frozenset(
    {
        "order.claimed",
        "order.debt_expected_again",
        "order.debt_written_off",
        "order.rate_missing",
        "order.handed_over",
        "order.released",
        "payment.disputed",
        "payment.dispute_waits",
        "payment.dispute_won",
        "payment.message_refused",
        "refund.delayed",
    }
)


@dataclass(frozen=True)
class TimelineEntry:
    """``status``: the key of the status the order came to, where it moved. ``who`` empty: nobody.

    ``user_id``: whose doing it was. ``details``: (what, value) as they were written down, also the
    reason. ``version``: of the order, where this changed it. ``action``: of a step.
    """

    id: int
    at: datetime
    kind: str
    by: ActorKind
    who: str
    said: Text
    status: str | None = None
    details: tuple[Written, ...] = ()
    version: int | None = None
    action: str | None = None
    user_id: int | None = None


@dataclass(frozen=True)
class Part:
    """Some of what happened, oldest first. ``next``: the event where the next part goes on."""

    entries: Sequence[TimelineEntry]
    next: int | None


def newest(
    session: Session, order: Order, actor: Actor, *, before: int | None = None, most: int = PART
) -> Part:
    """What the actor sees of the last ``most`` events before the event ``before``."""
    values = {"order_id": order.id, "before": before or MAX_ID, "most": most + 1}
    events = session.scalars(_NEWEST, values).all()
    shown = events[:most][::-1]
    return Part(_seen(session, order, actor, shown), shown[0].id if len(events) > most else None)


def oldest(
    session: Session, order: Order, actor: Actor, *, after: int | None = None, most: int = PART
) -> Part:
    """The same of the first ``most`` events after the event ``after``."""
    query = _of(order).order_by(Event.id)
    if after is not None:
        query = query.where(Event.id > after)
    events = session.scalars(query.limit(most + 1)).all()
    shown = events[:most]
    return Part(_seen(session, order, actor, shown), shown[-1].id if len(events) > most else None)


_NEWEST = (
    select(Event)
    .filter_by(subject_kind="order", subject_id=bindparam("order_id"))
    .where(Event.id < bindparam("before"))
    .order_by(Event.id.desc())
    .limit(bindparam("most"))
)


def question_of(session: Session, order: Order) -> str | None:
    """What the client is asked, while the order waits for the answer; None: nothing is.

    It is the reason of the step that brought the order to its status.
    """
    asking = any(
        step.target.key == order.status.key and not step.stays and step.action in ASKING_CLIENTS
        for step in workflow_of(order).steps
    )
    return question_asked(session, order) if asking else None


def _of(order: Order) -> Select[Event]:
    return select(Event).filter_by(subject_kind="order", subject_id=order.id)


def _seen(
    session: Session, order: Order, actor: Actor, events: Sequence[Event]
) -> Sequence[TimelineEntry]:
    entries = _entries(session, order, actor, events)
    return entries if actor.client_id is None else for_client(entries, order.provider.name)


def _entries(
    session: Session, order: Order, actor: Actor, events: Sequence[Event]
) -> list[TimelineEntry]:
    hands = (user_id for event in events for user_id in _hands_of(event))
    names = people(session, hands, actor)
    titles = status_titles(session, order.provider_id)
    reading = EventSentences(order, titles, disputes=sees(actor, Fact.DISPUTE))
    sums, all_words = sees_prices(actor), sees(actor, Fact.STAFF)
    fields = vocabulary_of(session).fields
    return [
        TimelineEntry(
            id=event.id,
            at=event.at,
            kind=reading.kind_of(event),
            by=event.actor_kind,
            who=who.name if (who := names.get(event.user_id or 0)) else "",
            said=without_sums(said, actor),
            status=_came_to(event),
            details=tuple(
                _hands(event.told, names)
                if event.kind == EXCEPTION_USED
                else typed_details(
                    event.told,
                    fields,
                    order=order,
                    sums=sums,
                    reason=all_words or _is_reason_told(event),
                    all_fields=all_words or event.actor_kind is ActorKind.CLIENT,
                )
            ),
            version=event.facts.get("version"),
            action=event.facts.get("action"),
            user_id=event.user_id,
        )
        for event in events
        if (said := reading.of(event)) is not None
    ]


def for_client(entries: Iterable[TimelineEntry], provider: str) -> list[TimelineEntry]:
    """What a client sees of it: staff are the provider, and nothing says why an exception is.

    Of what staff wrote ``_entries`` has left out what was not for them.
    """
    return [
        replace(
            entry,
            who=provider if entry.by is ActorKind.STAFF else entry.who,
            details=() if entry.kind == EXCEPTION_USED else entry.details,
        )
        for entry in entries
        if entry.kind not in FOR_STAFF
    ]


def _came_to(event: Event) -> str | None:
    """A step that leaves the order where it is leads nowhere."""
    moved = event.kind == "order.moved" and event.facts["from"] != event.facts["to"]
    return event.facts["to"] if moved else None


def _is_reason_told(event: Event) -> bool:
    """Whether the client reads the reason: their own, or what they are asked."""
    asks_client = event.facts.get("action") in ASKING_CLIENTS
    return event.actor_kind is ActorKind.CLIENT or asks_client


def _hands_of(event: Event) -> tuple[int | None, ...]:
    """Whoever stands in an entry by their id."""
    return event.user_id, event.facts.get("proposed_by"), event.facts.get("approved_by")


def _hands(told: Facts, names: Mapping[int, Person]) -> Iterator[tuple[Text, str]]:
    """Both who made an exception, and why."""
    hands = (names.get(told[hand]) for hand in ("proposed_by", "approved_by"))
    proposer, approver = (person.name if person else "" for person in hands)
    yield text("Proposed by %(name)s", name=proposer), str(told.get("reason", ""))
    yield text("Approved by %(name)s", name=approver), str(told.get("decision_reason", ""))
