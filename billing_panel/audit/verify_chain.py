"""Verifying the chain: every event is as it was sealed, none is missing, none was added."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.user_models import ClientUser
from billing_panel.audit.check_append_only_tables import guards_missing
from billing_panel.audit.extend_hash_chain import head_of
from billing_panel.audit.hash_chain import BEGINNING, Broken, Head, link
from billing_panel.audit.hash_chain_models import EventSeal
from billing_panel.audit.witness_file import Told, Witness, end_is_gone
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.secret_fingerprints import digest

PAGE = 1000
# the worker seals each minute; whatever holds it up for longer than this is told
SEALED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Proof:
    """A chain without a fault: how many events it seals, how many wait to be sealed.

    ``erased``: events whose personal data was lawfully forgotten. ``waiting_since``: when the
    oldest of those unsealed happened. ``told``, ``told_since``: how many heads of it witnesses had,
    and from when on.
    """

    sealed: int
    unsealed: int
    erased: int
    head: Head
    waiting_since: datetime | None = None
    told: int = 0
    told_since: datetime | None = None


def prove(
    database: Database, witnesses: Sequence[Witness], *, now: datetime, kept: str | None = None
) -> Proof:
    """The log is what was sealed, up to its end, and can still not be changed.

    Raises Broken: ``chain_broken``, ``end_cut_off``, ``not_sealed``, ``no_witness``,
    ``can_be_changed``; Unreadable.
    """
    # before the chain is looked at, which from then on only grows
    told = merge(*(one.all() for one in witnesses), key=lambda one: one.head.event_id)
    with database.reading() as session:
        proof = verify(session, kept=kept, told=told)
        for message in guards_missing(session):
            raise Broken(message, code="can_be_changed")
    if proof.waiting_since is not None and proof.waiting_since < now - SEALED_WITHIN:
        raise Broken(_waits(proof, now - proof.waiting_since), code="not_sealed")
    if proof.sealed and not proof.told and kept is None:
        raise Broken(
            text(
                "Nothing proves that the end was not cut off: there is no witness."
                " Compare with a hash you kept, using --from; billing-panel audit"
                " seal creates a witness."
            ),
            code="no_witness",
        )
    return proof


def _waits(proof: Proof, age: timedelta) -> Text:
    return text(
        "Unsealed events: %(number)s, the oldest for %(minutes)s minutes."
        " The worker seals every minute: check that it is running, or seal"
        " now with billing-panel audit seal. If it was running, seals were"
        " removed.",
        number=proof.unsealed,
        minutes=int(age.total_seconds() // 60),
    )


def verify(session: Session, *, kept: str | None = None, told: Iterable[Told] = ()) -> Proof:
    """Raises Broken, naming the first place where something is wrong.

    ``kept``: the hash of a head that was kept outside; ``told``: heads that were told to witnesses,
    in the order of the chain. An end that was cut off, or a chain made again, does not have them.
    """
    testimony = _Testimony(told)
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
        testimony.compare(Head(event_id, previous))
        found = found or previous == kept
    if not found:
        raise Broken(
            text(
                "The hash you kept is not in the chain: its end was cut off, or it"
                " was rebuilt. The chain ends with event %(id)s.",
                id=head.event_id,
            )
        )
    testimony.finish()
    waiting = select(func.count(), func.min(Event.at)).where(Event.id > head.event_id)
    unsealed, since = session.execute(waiting).one()
    return Proof(sealed, unsealed, erased, head, since, testimony.number, testimony.since)


class _Testimony:
    """Heads that were told, compared with the chain as it is walked along."""

    def __init__(self, told: Iterable[Told]) -> None:
        self.number = 0
        self.since: datetime | None = None
        self._told = iter(told)
        self._next = next(self._told, None)

    def compare(self, head: Head) -> None:
        """``head``: where the chain has come to. Raises Broken ``end_cut_off``."""
        while self._next is not None and self._next.head.event_id <= head.event_id:
            if self._next.head != head:
                raise Broken(end_is_gone(self._next), code="end_cut_off")
            self.number += 1
            self.since = min(self.since or self._next.at, self._next.at)
            self._next = next(self._told, None)

    def finish(self) -> None:
        """The chain ends here. Raises Broken ``end_cut_off``."""
        if self._next is not None:
            raise Broken(end_is_gone(self._next), code="end_cut_off")


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
        return text("Event %(id)s is missing: it was sealed and then deleted.", id=event_id)
    if seal is None:
        return text("Event %(id)s was inserted among sealed events.", id=event_id)
    if seal.hash != link(previous, event):
        return text("Event %(id)s differs from what was sealed: it was changed later.", id=event_id)
    if event.personal is not None and digest(event.personal) != event.personal_digest:
        return text("The text or address of event %(id)s was changed.", id=event_id)
    if event.is_erased and not forgotten.covers(event):
        return text(
            "The text and address of event %(id)s are missing, but no one asked"
            " for them to be erased.",
            id=event_id,
        )
    return None
