"""Letters about accounts, posted by what the log says has happened: each event once.

Two that post at once are kept apart by the letters' keys. What is a day old is told to nobody.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.sign_in_models import SignInSession
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.accounts.people.user_models import ClientUser, User
from billing_panel.accounts.signing_in.browser_names import browser_name
from billing_panel.accounts.signing_in.password_links import OneTimeLinks
from billing_panel.audit.settled_log_position import settled_up_to
from billing_panel.kernel.database.database import Database
from billing_panel.kernel.extension.background_work import Follower, PeriodicJob
from billing_panel.kernel.extension.mail_kinds import MailKind
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.mail.accounts.account_mail_kinds import (
    ADDED,
    ADDRESS_CHANGED,
    FACTOR_REMOVED,
    FACTOR_SET,
    FORGOTTEN,
    LINK_GIVEN,
    PASSWORD_CHANGED,
    SIGNED_IN,
)
from billing_panel.mail.letters import Letter, post
from billing_panel.mail.models import LetterRow, MailCursor
from billing_panel.mail.post_office import POST_OFFICE, PostOffice, post_office
from billing_panel.mail.writing.senders import PANEL

TOLD_FOR = timedelta(days=1)
BATCH = 200


@dataclass(frozen=True)
class Reader:
    """Whom a letter about an account is for, and in whose name it is written."""

    user: User
    name: str
    firm: str
    timezone: str
    client_id: int | None
    provider_id: int | None

    def who(self) -> dict[str, str]:
        return {"name": self.name, "login": self.user.login, "firm": self.firm}


@dataclass(frozen=True)
class Told:
    """An event with whom it concerns."""

    session: Session
    office: PostOffice
    event: Event
    reader: Reader

    def when(self) -> str:
        zone = self.reader.timezone
        return f"{self.event.at.astimezone(ZoneInfo(zone)):%d.%m.%Y %H:%M} ({zone})"

    def happened(self) -> dict[str, str]:
        """What every letter about something that happened to an account says."""
        url = self.office.public_url
        pages = {"account": f"{url}/account", "forgotten": f"{url}/forgot-password"}
        return {**self.reader.who(), **pages, "when": self.when()}


def post_account_letters(database: Database, clock: Clock) -> int:
    """Post what has happened since; how many letters are new. Raises Unavailable."""
    office = database.info.get(POST_OFFICE)
    if not isinstance(office, PostOffice) or not office.is_open:
        return 0
    posted = 0
    while True:
        settled, now = settled_up_to(database), clock.now()
        with database.reading() as session:
            events = _events(session, settled, now)
            letters = [letter for event in events for letter in _letters(session, office, event)]
        # whoever writes wakes everybody who waits for a commit
        if not events:
            return posted
        with database.writing() as session:
            posted += post(session, letters, at=now)
            behind = MailCursor.event_id < events[-1].id
            session.execute(update(MailCursor).where(behind).values(event_id=events[-1].id))


def skip_events(database: Database) -> None:
    """Where mail is not set up, what happened is told to nobody once it is."""
    office = database.info.get(POST_OFFICE)
    if isinstance(office, PostOffice) and office.is_open:
        return
    last = select(func.coalesce(func.max(Event.id), 0)).scalar_subquery()
    with database.reading() as session:
        behind = session.scalar(select(last > MailCursor.event_id))
    if behind:
        with database.writing() as session:
            session.execute(update(MailCursor).values(event_id=last))


def mail_sign_in_link(session: Session, user: User, *, actor: Actor, at: datetime) -> str:
    """Send a link to whom the actor may give one; the address it goes to.

    Raises Refused ``mail_not_set_up`` or ``no_address``.
    """
    office = post_office(session)
    if office is None:
        raise Refused(text("Mail is not set up here."), code="mail_not_set_up")
    if not user.email:
        raise Refused(
            text("No e-mail address is known for them: add one and save, or give them the link."),
            code="no_address",
        )
    reader = _reader(session, user)
    letter = _letter(LINK_GIVEN, reader, f"link-{user.id}-{at.isoformat()}", reader.who())
    token = OneTimeLinks(office.secret_key).make(session, user, by=actor.user_id)
    post(session, [_with_link(letter, office, token)], at=at)
    return user.email


def _events(session: Session, settled: int, now: datetime) -> Sequence[Event]:
    """The next BATCH up to ``settled`` that may tell something, in their order."""
    after = session.scalar(select(MailCursor.event_id)) or 0
    return session.scalars(
        select(Event)
        .where(Event.kind.in_(TELLING), Event.at > now - TOLD_FOR)
        .where(Event.id > after, Event.id <= settled)
        .order_by(Event.id)
        .limit(BATCH)
    ).all()


def _may_tell(event: Event) -> bool:
    """Whether the event may have a letter, as far as it says so itself."""
    match event.kind:
        case "notice.due":
            return event.subject_kind == "user"
        case "user.signed_in":
            return event.facts.get("browser") == "new"
        case "staff.changed" | "client.user_changed" | "address.changed":
            return "email" in event.told
        case _:
            return True


def _letters(session: Session, office: PostOffice, event: Event) -> Iterator[Letter]:
    """The letter of an event that has none yet, if it tells anybody who has an address."""
    if not _may_tell(event) or _is_posted(session, event):
        return
    user = _subject(session, event)
    if user is None or user.disabled_at is not None:
        return
    letter = TELLING[event.kind](Told(session, office, event, _reader(session, user)))
    if letter is not None and letter.to:
        yield letter


def _is_posted(session: Session, event: Event) -> bool:
    return bool(session.scalar(select(exists().where(LetterRow.key == _key(event)))))


def _subject(session: Session, event: Event) -> User | None:
    """The user an event is about."""
    match event.subject_kind:
        case "user":
            return session.get(User, event.subject_id)
        case "staff":
            staff = session.get(Staff, event.subject_id)
            return staff.user if staff else None
        case "client":
            first = select(func.min(ClientUser.user_id)).filter_by(client_id=event.subject_id)
            return session.get(User, event.facts.get("user_id") or session.scalar(first) or 0)
        case _:
            return None


def _reader(session: Session, user: User) -> Reader:
    """A client of one provider is written to by that one; everybody else by the panel."""
    staff = session.scalar(select(Staff).filter_by(user_id=user.id))
    if staff is not None:
        first = select(Provider).order_by(Provider.id).limit(1)
        theirs = staff.providers or (session.scalars(first).all() if staff.owner else ())
        zone = theirs[0].timezone if theirs else "UTC"
        return Reader(user, staff.name, PANEL, zone, None, None)
    client = session.scalar(
        select(Client)
        .join(ClientUser, ClientUser.client_id == Client.id)
        .where(ClientUser.user_id == user.id)
    )
    if client is None:
        return Reader(user, user.login, PANEL, "UTC", None, None)
    providers = session.scalars(
        select(Provider)
        .join(Membership, Membership.provider_id == Provider.id)
        .where(Membership.client_id == client.id)
        .order_by(Provider.id)
    ).all()
    zone = providers[0].timezone if providers else "UTC"
    only = providers[0] if len(providers) == 1 else None
    return Reader(
        user, client.name, only.name if only else PANEL, zone, client.id, only.id if only else None
    )


def _key(event: Event) -> str:
    return f"account-{event.id}"


def _letter(
    kind: MailKind, reader: Reader, key: str, values: Mapping[str, str], *, to: str | None = None
) -> Letter:
    return Letter(
        key=key,
        kind=kind.key,
        to=reader.user.email if to is None else to,
        language=reader.user.language,
        values=values,
        provider_id=reader.provider_id,
        client_id=reader.client_id,
        user_id=reader.user.id,
    )


def _with_link(letter: Letter, office: PostOffice, token: str) -> Letter:
    return replace(letter, secrets={"link": f"{office.public_url}/choose-password/{token}"})


def _added(told: Told) -> Letter | None:
    """None for who has a password already: a link would let in whoever reads their mail."""
    user, links = told.reader.user, OneTimeLinks(told.office.secret_key)
    if user.password_hash is not None or not user.email:
        return None
    letter = _letter(ADDED, told.reader, _key(told.event), told.reader.who())
    token = links.make(told.session, user, by=told.event.user_id)
    return _with_link(letter, told.office, token)


def _forgotten(told: Told) -> Letter | None:
    if not told.reader.user.email:
        return None
    letter = _letter(FORGOTTEN, told.reader, _key(told.event), told.reader.who())
    token = OneTimeLinks(told.office.secret_key).make_mailed(told.session, told.reader.user)
    return _with_link(letter, told.office, token)


def _signed_in(told: Told) -> Letter:
    began = select(SignInSession.agent).filter_by(
        user_id=told.reader.user.id, created_at=told.event.at
    )
    agent = told.session.scalar(began.limit(1)) or ""
    values = {"address": told.event.address, "browser": browser_name(agent)}
    return _letter(SIGNED_IN, told.reader, _key(told.event), {**told.happened(), **values})


def _password_changed(told: Told) -> Letter:
    values = {**told.happened(), "address": told.event.address}
    return _letter(PASSWORD_CHANGED, told.reader, _key(told.event), values)


def _factor(kind: MailKind) -> Callable[[Told], Letter]:
    return lambda told: _letter(kind, told.reader, _key(told.event), told.happened())


def _address_changed(told: Told) -> Letter:
    """To the previous address, whose owner may know nothing of it."""
    before, now = told.event.told["email"]
    values = {**told.reader.who(), "when": told.when(), "email": now}
    return _letter(ADDRESS_CHANGED, told.reader, _key(told.event), values, to=before)


TELLING: Mapping[str, Callable[[Told], Letter | None]] = {
    "address.changed": _address_changed,
    "client.created": _added,
    "client.user_changed": _address_changed,
    "client.user_created": _added,
    "notice.due": _forgotten,
    "password.changed": _password_changed,
    "second_factor.removed": _factor(FACTOR_REMOVED),
    "second_factor.set": _factor(FACTOR_SET),
    "staff.changed": _address_changed,
    "staff.created": _added,
    "user.signed_in": _signed_in,
}


def _follow(database: Database, _actor: Actor, clock: Clock) -> None:
    post_account_letters(database, clock)


def _skip(database: Database, _actor: Actor, _clock: Clock) -> None:
    skip_events(database)


POSTING = Follower("mail.accounts", text("Writing e-mails about accounts"), _follow)
SKIPPING = PeriodicJob("mail.skip", text("Cancelling e-mails that are no longer needed"), 1, _skip)
