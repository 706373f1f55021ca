"""Turning events into notices: for whom, of which kind, by which channels.

Of one step of an order, which the log tells in several events, each recipient gets one notice by
each route: the weightiest of the kinds they are told by it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.load_actors import all_staff, users_of_clients
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, addresses_in
from billing_panel.accounts.people.user_models import User
from billing_panel.kernel.database.database import insert_into
from billing_panel.kernel.values.actor import Actor
from billing_panel.mail.post_office import post_office
from plugins.notices.kinds.event_notice_kinds import kinds_told
from plugins.notices.kinds.known_kinds import KINDS
from plugins.notices.kinds.notice_event import Happening, concerns, is_own
from plugins.notices.kinds.notice_kind import Audience, Channel, NoticeKind
from plugins.notices.store.accounting_recipient_key import accounting_recipient
from plugins.notices.store.choices import NOTHING_CHOSEN, Choices, choices_of
from plugins.notices.store.models import MailState, Notice, Route

AsKind = tuple[NoticeKind, Happening]


@dataclass(frozen=True)
class Told:
    """One notice to be: ``user_id`` None where it goes to an address that is no person's.

    ``address``: of a letter, folded.
    """

    recipient: str
    route: Route
    kind: NoticeKind
    happening: Happening
    user_id: int | None = None
    listed: bool = False
    sound: bool = False
    desktop: bool = False
    due_at: datetime | None = None
    address: str = ""

    @property
    def place(self) -> tuple[Route, str]:
        """Where one notice of a moment is enough: a person's screen, or an address."""
        return self.route, self.address or self.recipient

    @property
    def rank(self) -> tuple[float, int]:
        """What is not held goes before what is, then the weightiest: the highest is told."""
        held_until = self.due_at or self.happening.at
        return -held_until.timestamp(), self.kind.weight

    def row(self) -> dict[str, Any]:
        is_mail = self.route is Route.MAIL
        return {
            "event_id": self.happening.event_id,
            "recipient": self.recipient,
            "route": self.route,
            "kind": self.kind.key,
            "at": self.happening.at,
            "user_id": self.user_id,
            "provider_id": self.happening.provider_id,
            "client_id": self.happening.client_id,
            "listed": self.listed,
            "sound": self.sound,
            "desktop": self.desktop,
            "mail": MailState.WAITING if is_mail else None,
            "due_at": self.due_at if is_mail else None,
        }


def tell(
    session: Session, found: Sequence[Happening], *, known: Iterable[str], at: datetime
) -> int:
    """Write the notices of ``found``, which are read in the order of the log. How many are new."""
    rows = [told.row() for told in told_of(session, found, known=known, at=at)]
    if not rows:
        return 0
    written = insert_into(session, Notice).on_conflict_do_nothing(
        index_elements=["event_id", "recipient", "route"]
    )
    return len(session.scalars(written.returning(Notice.id), rows).all())


def told_of(
    session: Session, found: Sequence[Happening], *, known: Iterable[str], at: datetime
) -> Sequence[Told]:
    """The notices of ``found``, which are read in the order of the log; nothing is written."""
    moments: dict[tuple[object, ...], list[AsKind]] = defaultdict(list)
    for happening in found:
        for key in kinds_told(happening):
            moments[happening.moment].append((KINDS[key], happening))
    if not moments:
        return ()
    readers = _Readers.read(session, found, known, mails=post_office(session) is not None)
    return [told for moment in moments.values() for told in _heaviest(readers.told(moment, at))]


def _heaviest(told: Iterable[Told]) -> Iterator[Told]:
    """At each place one; of equals the first, in the order of the log."""
    best: dict[tuple[Route, str], Told] = {}
    for one in told:
        before = best.get(one.place)
        if before is None or before.rank < one.rank:
            best[one.place] = one
    return iter(best.values())


@dataclass(frozen=True)
class _Readers:
    """Everybody who may be told something of these happenings, and their choices.

    ``emails``: of the users who have one, folded. ``mails``: letters can be posted at all.
    """

    people: Sequence[Actor]
    choices: Mapping[int, Choices]
    clients: Mapping[int, Client]
    providers: Mapping[int, Provider]
    emails: Mapping[int, str]
    mails: bool

    @classmethod
    def read(
        cls, session: Session, found: Sequence[Happening], known: Iterable[str], *, mails: bool
    ) -> "_Readers":
        client_ids = {one.client_id for one in found if one.client_id is not None}
        provider_ids = {one.provider_id for one in found if one.provider_id is not None}
        clients = session.scalars(
            select(Client).where(Client.id.in_(client_ids), Client.erased_at.is_(None))
        )
        people = [*all_staff(session, known), *users_of_clients(session, client_ids, known)]
        ids = [person.user_id or 0 for person in people]
        return cls(
            people=people,
            choices=choices_of(session, ids),
            clients={row.id: row for row in clients},
            providers={
                row.id: row
                for row in session.scalars(select(Provider).where(Provider.id.in_(provider_ids)))
            },
            emails=_emails(session, ids),
            mails=mails,
        )

    def told(self, moment: Sequence[AsKind], at: datetime) -> Iterator[Told]:
        for kind, happening in moment:
            for person in self.people:
                if concerns(kind, happening, person):
                    yield from self._to_person(kind, happening, person, at)
            if self.mails:
                yield from self._to_addresses(kind, happening)

    def _to_person(
        self, kind: NoticeKind, happening: Happening, person: Actor, at: datetime
    ) -> Iterator[Told]:
        user_id = person.user_id or 0
        choices = self.choices.get(user_id, NOTHING_CHOSEN)
        chosen, recipient = choices.of(kind), f"user:{user_id}"
        quiet_until = choices.quiet.until(at) if choices.quiet else None
        on_screen = chosen - {Channel.MAIL}
        # of a receipt whoever did it has just seen the page
        if on_screen and not is_own(happening, person):
            yield Told(
                recipient,
                Route.SCREEN,
                kind,
                happening,
                user_id,
                listed=Channel.PANEL in chosen,
                sound=Channel.SOUND in chosen and quiet_until is None,
                desktop=Channel.DESKTOP in chosen and quiet_until is None,
            )
        if self.mails and Channel.MAIL in chosen and user_id in self.emails:
            due_at = quiet_until or happening.at
            address = self.emails[user_id]
            yield Told(
                recipient, Route.MAIL, kind, happening, user_id, due_at=due_at, address=address
            )

    def _to_addresses(self, kind: NoticeKind, happening: Happening) -> Iterator[Told]:
        """Nobody's quiet hours hold back mail to a company's address (M1)."""
        client = self.clients.get(happening.client_id or 0)
        if kind.audience is Audience.CLIENT and client is not None:
            own = client.email.casefold()
            # a user who has that address chooses for themselves
            if kind.to_client and own and own not in self._emails_of(client.id):
                yield _letter(f"client:{client.id}", own, kind, happening)
            if kind.to_accounting:
                for address in addresses_in(client.accounting_emails):
                    recipient = accounting_recipient(client.id, address)
                    yield _letter(recipient, address, kind, happening)
        provider = self.providers.get(happening.provider_id or 0)
        if kind.to_provider and provider is not None and provider.email:
            yield _letter(f"provider:{provider.id}", provider.email, kind, happening)

    def _emails_of(self, client_id: int) -> set[str]:
        """Of its users."""
        users = (one.user_id or 0 for one in self.people if one.client_id == client_id)
        return {self.emails[user_id] for user_id in users if user_id in self.emails}


def _letter(recipient: str, address: str, kind: NoticeKind, happening: Happening) -> Told:
    folded, at = address.casefold(), happening.at
    return Told(recipient, Route.MAIL, kind, happening, due_at=at, address=folded)


def _emails(session: Session, user_ids: Sequence[int]) -> Mapping[int, str]:
    rows = session.execute(
        select(User.id, User.email).where(User.id.in_(user_ids), User.email != "")
    )
    return {row.id: row.email.casefold() for row in rows}
