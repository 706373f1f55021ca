"""Proving the chain: every event is as it was sealed, none is gone, none was put in."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.clients import Client
from billing_panel.accounts.users import ClientUser
from billing_panel.audit.chain import BEGINNING, link
from billing_panel.audit.models import EventSeal
from billing_panel.audit.seal import Head, head_of
from billing_panel.kernel.errors import Refused
from billing_panel.kernel.events import Event
from billing_panel.kernel.ids import digest
from billing_panel.kernel.text import Text, text

PAGE = 1000


class Broken(Refused):
    """The log is not what was sealed."""

    code = "chain_broken"


@dataclass(frozen=True)
class Proof:
    """A chain without a fault: how many events it seals, how many wait to be sealed.

    ``erased``: events whose personal data was lawfully forgotten.
    """

    sealed: int
    unsealed: int
    erased: int
    head: Head


def verify(session: Session, *, kept: str | None = None) -> Proof:
    """Raises Broken, naming the first place where something is wrong.

    ``kept``: the hash of a head that was kept outside; an end that was cut off, or a chain made
    anew, does not have it.
    """
    head = head_of(session)
    forgotten = _Forgotten.of(session)
    sealed = erased = 0
    previous, found = BEGINNING, kept in {None, BEGINNING}
    for event_id, event, seal in _pairs(session, head.event_id):
        problem = _problem(event_id, event, seal, previous, forgotten)
        if problem is not None or event is None or seal is None:
            raise Broken(problem or text("There is no event %(id)s.", id=event_id))
        sealed += 1
        erased += event.is_erased
        previous = seal.hash
        found = found or previous == kept
    if not found:
        raise Broken(
            text(
                "The hash that was kept is not in the chain: its end was cut off, or it was made"
                " anew. It ends with event %(id)s.",
                id=head.event_id,
            )
        )
    waiting = select(func.count()).select_from(Event).where(Event.id > head.event_id)
    return Proof(sealed, session.scalar(waiting) or 0, erased, head)


@dataclass(frozen=True)
class _Forgotten:
    """Whose personal data was erased: only of their events may it be missing."""

    clients: frozenset[int]
    users: frozenset[int]

    @classmethod
    def of(cls, session: Session) -> "_Forgotten":
        clients = select(Client.id).where(Client.erased_at.is_not(None))
        users = select(ClientUser.user_id).where(ClientUser.client_id.in_(clients))
        return cls(frozenset(session.scalars(clients)), frozenset(session.scalars(users)))

    def covers(self, event: Event) -> bool:
        return event.client_id in self.clients or event.user_id in self.users


Pair = tuple[int, Event | None, EventSeal | None]


def _pairs(session: Session, last: int) -> Iterator[Pair]:
    """Each id up to ``last`` that has an event or a seal, with both; some at a time."""
    after = 0
    while after < last:
        page = session.scalars(
            select(EventSeal)
            .where(EventSeal.event_id > after, EventSeal.event_id <= last)
            .order_by(EventSeal.event_id)
            .limit(PAGE)
        ).all()
        end = page[-1].event_id
        seals = {seal.event_id: seal for seal in page}
        within = select(Event).where(Event.id > after, Event.id <= end)
        events = {event.id: event for event in session.scalars(within)}
        yield from (
            (number, events.get(number), seals.get(number)) for number in sorted({*events, *seals})
        )
        after = end
        session.expunge_all()


def _problem(
    event_id: int,
    event: Event | None,
    seal: EventSeal | None,
    previous: str,
    forgotten: _Forgotten,
) -> Text | None:
    if event is None:
        return text("Event %(id)s is gone: it was sealed, and was deleted since.", id=event_id)
    if seal is None:
        return text("Event %(id)s was put in among events that were sealed.", id=event_id)
    if seal.hash != link(previous, event):
        return text("Event %(id)s is not what was sealed: it was changed since.", id=event_id)
    if event.personal is not None and digest(event.personal) != event.personal_digest:
        return text("The words or the address of event %(id)s were changed.", id=event_id)
    if event.is_erased and not forgotten.covers(event):
        return text(
            "The words and the address of event %(id)s are gone, and nobody asked to be forgotten.",
            id=event_id,
        )
    return None
