"""A client's statement: the filters, and each posting in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import sees
from billing_panel.accounts.access.person_names import Person, people
from billing_panel.accounts.access.scope import find_client, find_provider, seen_memberships
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.language.text_with_guarded_fact import Fact
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import read_day
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import Statement, held_account, reversed_among
from billing_panel.ledger.double_entry import EntryKind
from billing_panel.ledger.models import LedgerEntry, Posting
from permissions.guard import require
from permissions.panel_functions import PanelFunction
from plugins.orders.store.models import FIRST_NUMBER
from plugins.orders.top_ups.receive_top_up import SUBJECT

# what a person may undo, and so the only entries that are reversed
BY_HAND = frozenset({EntryKind.CREDITED, EntryKind.DEBITED})
# whoever writes the reason of these is told that it stands on the client's statement
WRITTEN_FOR_CLIENTS = BY_HAND | {EntryKind.REVERSED}
TOPPED_UP = text("Balance topped up")


@dataclass(frozen=True)
class Days:
    """From a day to a day, both counted in, where the provider is; None: no end."""

    first: date | None = None
    last: date | None = None

    def since(self, provider: Provider) -> datetime | None:
        return _midnight(self.first, provider) if self.first else None

    def until(self, provider: Provider) -> datetime | None:
        return _midnight(self.last + timedelta(days=1), provider) if self.last else None


def read_days(first: str, last: str) -> Days:
    """ISO days as typed; empty: no end. Raises Invalid at ``from`` or ``to``."""
    days = Days(_day("from", first), _day("to", last))
    if days.first and days.last and days.first > days.last:
        message = text("The first day is after the last.")
        raise Invalid([FieldError("to", "day_order", message)])
    return days


@dataclass(frozen=True)
class Line:
    """One posting, as its reader sees it. ``balance`` None: not for them.

    ``who`` None: nobody, it happened by itself. ``order_id``: what it was for.
    """

    posting: Posting
    amount: Money
    balance: Money | None
    title: Text
    reason: str
    who: str | None
    order_id: int | None
    may_be_reversed: bool
    timezone: str

    @property
    def at(self) -> datetime:
        return self.posting.entry.at

    @property
    def day(self) -> date:
        """The value date."""
        return self.posting.entry.day

    @property
    def is_dated(self) -> bool:
        """The value date is another day than the one on which it was written down."""
        return self.day != local_date(self.at, self.timezone)

    @property
    def order_number(self) -> str:
        return "" if self.order_id is None else str(FIRST_NUMBER + self.order_id)


@dataclass(frozen=True)
class Account:
    """A client's money or points with one provider, in the actor's scope."""

    client: Client
    membership: Membership
    in_points: bool

    @property
    def provider(self) -> Provider:
        return self.membership.provider

    def statement(self, days: Days) -> Statement:
        name = held_account(self.client.id, self.provider, in_points=self.in_points)
        return Statement(name, days.first, days.last)


def find_account(
    session: Session, actor: Actor, client_id: int, provider: str | None, *, in_points: bool
) -> Account:
    """``provider`` None: the client's first one. Raises FunctionNotHeld, NotFound."""
    require(actor, PanelFunction.BALANCE_READ)
    client = find_client(session, actor, client_id=client_id)
    if provider is not None:
        find_provider(session, actor, provider)
    for membership in seen_memberships(actor, client):
        if provider in {None, membership.provider.key}:
            return Account(client, membership, in_points)
    raise NotFound(text("This client has no account with this provider."))


def lines_of(session: Session, postings: Sequence[Posting], reader: Actor) -> Iterator[Line]:
    """The same in words, in the same order.

    To a client the staff are the provider; a client reads only what was written for the statement.
    """
    entries = [posting.entry for posting in postings]
    names: Mapping[int, Person] = people(session, (entry.user_id for entry in entries), reader)
    providers = _providers(session, postings)
    names_staff = sees(reader, Fact.STAFF)
    undone = reversed_among(session, (entry for entry in entries if entry.kind in BY_HAND))
    for posting in postings:
        entry, currency = posting.entry, posting.account.currency
        who = names.get(entry.user_id or 0)
        by_staff = who is not None and who.is_staff
        after = Money(posting.balance_after, currency)
        yield Line(
            posting=posting,
            amount=Money(posting.amount, currency),
            balance=after if sees(reader, Fact.BALANCE) else None,
            title=TOPPED_UP if _is_top_up(entry) else entry.title,
            reason=entry.reason if names_staff or _is_told(entry, by_staff=by_staff) else "",
            who=providers[posting.account.provider_id].name
            if by_staff and not names_staff
            else (who.name if who else None),
            order_id=entry.subject_id if entry.subject_kind == "order" else None,
            may_be_reversed=entry.kind in BY_HAND
            and not _is_top_up(entry)
            and entry.id not in undone,
            timezone=providers[posting.account.provider_id].timezone,
        )


def counted_up(lines: Iterable[Line], opening: int) -> Iterator[Line]:
    """Each with the balance after it in this order, from ``opening``; minor units or points."""
    stands = opening
    for line in lines:
        stands += line.amount.minor
        after = None if line.balance is None else Money(stands, line.amount.currency)
        yield replace(line, balance=after)


def _is_top_up(entry: LedgerEntry) -> bool:
    """It was asked for, and is not undone by hand."""
    return entry.kind is EntryKind.CREDITED and entry.subject_kind == SUBJECT


def _is_told(entry: LedgerEntry, *, by_staff: bool) -> bool:
    return not by_staff or entry.kind in WRITTEN_FOR_CLIENTS


def _providers(session: Session, postings: Sequence[Posting]) -> Mapping[int, Provider]:
    ids = {posting.account.provider_id for posting in postings}
    return {one.id: one for one in session.scalars(select(Provider).where(Provider.id.in_(ids)))}


def _midnight(day: date, provider: Provider) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(provider.timezone)).astimezone(UTC)


def _day(field: str, written: str) -> date | None:
    """Raises Invalid, also for days at the ends of the calendar, which have no midnight in UTC."""
    if not written:
        return None
    read = read_day(written)
    if read is None:
        message = text("Use a date such as 2026-12-31.")
        raise Invalid([FieldError(field, "day", message)])
    return read
