"""A client's statement as it is read: what was asked for, and each posting in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.fact_visibility import sees
from billing_panel.accounts.access.person_names import Person, people
from billing_panel.accounts.access.scope import find_client, find_provider, seen_memberships
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client, Membership
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound
from billing_panel.kernel.language.guarded_text import Fact
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import read_day
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.client_standing import Statement, held_account, reversed_among
from billing_panel.ledger.entries import EntryKind
from billing_panel.ledger.models import LedgerEntry, Posting
from permissions.functions import PanelFunction
from permissions.guard import require
from plugins.orders.store.models import FIRST_NUMBER

# what a person may undo, and so the only entries that are reversed
BY_HAND = frozenset({EntryKind.CREDITED, EntryKind.DEBITED})
# whoever writes the reason of these is told that it stands on the client's statement
WRITTEN_FOR_CLIENTS = BY_HAND | {EntryKind.REVERSED}


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

    @property
    def at(self) -> datetime:
        return self.posting.entry.at

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
        return Statement(name, days.since(self.provider), days.until(self.provider))


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
    staff = None if sees(reader, Fact.STAFF) else _provider_names(session, postings)
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
            title=entry.title,
            reason=entry.reason if staff is None or _is_told(entry, by_staff=by_staff) else "",
            who=staff[posting.account.provider_id]
            if staff is not None and by_staff
            else (who.name if who else None),
            order_id=entry.subject_id if entry.subject_kind == "order" else None,
            may_be_reversed=entry.kind in BY_HAND and entry.id not in undone,
        )


def _is_told(entry: LedgerEntry, *, by_staff: bool) -> bool:
    return not by_staff or entry.kind in WRITTEN_FOR_CLIENTS


def _provider_names(session: Session, postings: Sequence[Posting]) -> Mapping[int, str]:
    ids = {posting.account.provider_id for posting in postings}
    rows = session.execute(select(Provider.id, Provider.name).where(Provider.id.in_(ids)))
    return {row.id: row.name for row in rows}


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
