"""Which events an actor sees, and filtering them; each query reads one index in order."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, not_, select, true, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.access.client_search import clients_found
from billing_panel.accounts.access.scope import known_staff
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.extension.hooks import EventReader
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from permissions.panel_functions import PanelFunction

# Words that more clients or people are called by are too few to find anything by.
MOST_NAMED = 10

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Named:
    """What free text may mean: clients, people, and subjects as (noun, id)."""

    clients: Sequence[int] = ()
    users: Sequence[int] = ()
    subjects: Sequence[tuple[str, int]] = ()

    def conditions(self) -> Iterator[Condition]:
        yield from (Event.client_id == client for client in self.clients)
        yield from (Event.user_id == user for user in self.users)
        yield from map(_about, self.subjects)


@dataclass(frozen=True)
class Wanted:
    """Which events. ``until`` is the first moment after them. ``named``: one of these."""

    user_id: int | None = None
    client_id: int | None = None
    provider_id: int | None = None
    kind: str | None = None
    subject: tuple[str, int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    named: Named | None = None


def named_by(session: Session, actor: Actor, readers: Sequence[EventReader], words: str) -> Named:
    """Clients and people by parts of their names, and what has ``words`` as its number."""
    users = users_named(actor).where(User.login.icontains(words, autoescape=True))
    return Named(
        clients=clients_found(session, words, actor, Page(MOST_NAMED, after=0)),
        users=session.scalars(users.limit(MOST_NAMED)).all(),
        subjects=[subject for reader in readers for subject in reader.numbered(session, words)],
    )


def users_named(actor: Actor) -> Select[int]:
    """Ids of the users who have a name for ``actor``: a filter tells no more than the log."""
    unknown = select(Staff.user_id).where(not_(known_staff(actor)))
    return select(User.id).where(User.id.not_in(unknown))


def newest(
    session: Session, actor: Actor, wanted: Wanted, *, before: int | None = None, limit: int
) -> Sequence[Event]:
    """Events in the actor's scope, newest first, after the event ``before`` of the page before.

    Raises FunctionNotHeld.
    """
    ids = newest_ids(session, actor, wanted, before=before, limit=limit)
    if not ids:
        return []
    events = {event.id: event for event in session.scalars(select(Event).where(Event.id.in_(ids)))}
    return [events[event_id] for event_id in ids]


def newest_ids(
    session: Session, actor: Actor, wanted: Wanted, *, before: int | None = None, limit: int
) -> Sequence[int]:
    """Read ids of events as ``newest`` orders and pages them. Raises FunctionNotHeld."""
    require(actor, PanelFunction.AUDIT_READ)
    rest = [*_conditions(actor, wanted), *_after(session, actor, before)]
    branches = [
        select(Event.id, Event.at)
        .where(leading, *rest)
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(limit)
        .subquery()
        for leading in _leading(actor, wanted)
    ]
    if not branches:
        return []
    # an event that two of them found is one
    found = union_all(*(select(branch) for branch in branches)).subquery()
    newest_first = (found.c.at.desc(), found.c.id.desc())
    page = select(found.c.id).group_by(found.c.id, found.c.at).order_by(*newest_first).limit(limit)
    return session.scalars(page).all()


def of_these(session: Session, actor: Actor, ids: Collection[int]) -> Sequence[Event]:
    """Those of the events ``ids`` that are in the actor's scope, in order.

    Raises FunctionNotHeld.
    """
    require(actor, PanelFunction.AUDIT_READ)
    found = select(Event).where(Event.id.in_(ids), *_conditions(actor, Wanted()))
    return session.scalars(found.order_by(Event.id)).all()


def _leading(actor: Actor, wanted: Wanted) -> Iterator[Condition]:
    """Of these one must hold, each the beginning of an index: the narrowest there are."""
    if wanted.subject is not None:
        yield _about(wanted.subject)
    elif wanted.named is not None:
        yield from wanted.named.conditions()
    elif wanted.client_id is not None:
        yield Event.client_id == wanted.client_id
    elif wanted.user_id is not None:
        yield Event.user_id == wanted.user_id
    elif wanted.kind is not None:
        yield Event.kind == wanted.kind
    elif wanted.provider_id is not None:
        yield Event.provider_id == wanted.provider_id
    elif actor.provider_ids is None:
        yield true()
    else:
        yield from (Event.provider_id == provider for provider in sorted(actor.provider_ids))


def _conditions(actor: Actor, wanted: Wanted) -> Iterator[Condition]:
    """All that must hold. What stands in ``_quietly`` leads the database to no other index."""
    if actor.provider_ids is not None:
        yield _quietly(Event.provider_id).in_(sorted(actor.provider_ids))
    for column, value in (
        (Event.client_id, wanted.client_id),
        (Event.user_id, wanted.user_id),
        (Event.kind, wanted.kind),
        (Event.provider_id, wanted.provider_id),
    ):
        if value is not None:
            yield _quietly(column) == value
    if wanted.since is not None:
        yield Event.at >= wanted.since
    if wanted.until is not None:
        yield Event.at < wanted.until


def _after(session: Session, actor: Actor, before: int | None) -> Iterator[Condition]:
    """Where the page begins. An event out of scope is as one that doesn't exist."""
    last = session.get(Event, before) if before else None
    if last is not None and (actor.provider_ids is None or last.provider_id in actor.provider_ids):
        place = tuple_(literal(last.at, Event.at.type), literal(last.id))
        yield tuple_(Event.at, Event.id) < place


def _about(subject: tuple[str, int]) -> Condition:
    noun, subject_id = subject
    return (Event.subject_kind == noun) & (Event.subject_id == subject_id)


def _quietly(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return func.coalesce(column, column)
