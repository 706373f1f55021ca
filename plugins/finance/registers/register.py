"""What a register is: which books it is of, its columns, its rows by id, and what they add up to.

Each is of whole providers, which are those in the actor's scope: nobody reads another's books.
Days are those of each provider; sums are minor units of its currency.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider, providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import Refused
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerEntry
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.finance.functions import FinanceFunction
from plugins.orders.balance.statement import Days


@dataclass(frozen=True)
class Asked:
    """Of which providers and days. ``now``: of what is overdue. ``account``: of entries, if any."""

    providers: tuple[Provider, ...]
    days: Days
    now: datetime
    account: AccountKind | None = None

    @property
    def ids(self) -> Sequence[int]:
        return [one.id for one in self.providers]

    def provider(self, id_: int) -> Provider:
        """One of them."""
        return next(one for one in self.providers if one.id == id_)

    def today(self, id_: int) -> date:
        """Where the provider is."""
        return local_date(self.now, self.provider(id_).timezone)

    def as_of(self, id_: int) -> date:
        """The last of the days, where it is over; else today, where the provider is."""
        today = self.today(id_)
        return min(self.days.last or today, today)

    def of_the_past(self) -> bool:
        """Whether something may have been posted after the days, at any of the providers."""
        return any(self.as_of(one.id) < self.today(one.id) for one in self.providers)

    def after(self, moment: Any, provider_id: Any) -> ColumnElement[bool]:
        """Condition on a column of moments: after the last of the days, where each provider is."""
        ends = ((one.id, self.days.until(one)) for one in self.providers)
        return or_(
            false(),
            *(and_(provider_id == id_, moment >= end) for id_, end in ends if end is not None),
        )

    def beyond(self, day: Any, provider_id: Any) -> ColumnElement[bool]:
        """Condition on a column of value dates: after the last of the days, of these providers."""
        last = self.days.last
        return false() if last is None else and_(provider_id.in_(self.ids), day > last)

    def on_days(self, day: Any) -> ColumnElement[bool]:
        """Condition on a column of days."""
        first, last = self.days.first, self.days.last
        from_first = () if first is None else (day >= first,)
        to_last = () if last is None else (day <= last,)
        return and_(true(), *from_first, *to_last)

    def within(self, day: Any, provider_id: Any) -> ColumnElement[bool]:
        """Condition on a column of value dates: on the days, of these providers."""
        return and_(provider_id.in_(self.ids), self.on_days(day))

    def since(self, day: Any, provider_id: Any) -> ColumnElement[bool]:
        """The same, and also whatever came after the days."""
        first = self.days.first
        return and_(provider_id.in_(self.ids), true() if first is None else day >= first)


def ask(
    session: Session,
    actor: Actor,
    provider: str,
    days: Days,
    *,
    now: datetime,
    account: AccountKind | None = None,
) -> Asked:
    """``provider``: a key; empty: all in scope. Raises FunctionNotHeld, NotFound."""
    require(actor, FinanceFunction.REGISTER_READ)
    named = (find_provider(session, actor, provider),) if provider else providers(session, actor)
    return Asked(tuple(named), days, now, account)


@dataclass(frozen=True)
class Column:
    """``key``: the name of a row's field. ``words``: what its values are called, where not so.

    ``is_below``: on a page it stands below the column before it, so that sums stay in sight.
    """

    key: str
    title: Text
    words: Mapping[Any, Text] = field(default_factory=dict)
    is_below: bool = False


@dataclass(frozen=True)
class Total:
    """One sum of a register: ``what`` it is of, by a provider."""

    provider: str
    what: str
    title: Text
    sum: Money


class Row(Protocol):
    """One line of a register: its fields are named by the columns."""

    @property
    def id(self) -> int: ...


# after an id, and how many at most; None: all there are
ReadRows = Callable[[Session, Asked, int, int | None], Sequence[Row]]


class Reads(StrEnum):
    """What a register adds up: tax documents of the days; entries on them, from their first on, or
    after their last.
    """

    DOCUMENTS = "documents"
    ON_DAYS = "on_days"
    SINCE = "since"
    AFTER = "after"


# measured (docs/finance.md): what so much takes is seconds of a processor, not minutes
MOST = {
    Reads.DOCUMENTS: 50_000,
    Reads.ON_DAYS: 500_000,
    Reads.SINCE: 500_000,
    Reads.AFTER: 500_000,
}


@dataclass(frozen=True)
class Register:
    """``rows`` in the order of their ids. ``dated`` False: it is as of the last of the days."""

    key: str
    title: Text
    help: Text
    columns: Sequence[Column]
    rows: ReadRows
    totals: Callable[[Session, Asked], Sequence[Total]]
    reads: Reads
    dated: bool = True
    # every row is a sum, so a file adds up as much as a page
    is_summed: bool = False

    def page(
        self, session: Session, asked: Asked, after: int, size: int
    ) -> tuple[Sequence[Row], int | None]:
        """At most ``size`` rows or so, and after which id the next page begins; None: nowhere."""
        rows = self.rows(session, asked, after, size + 1)
        ids = list(dict.fromkeys(row.id for row in rows))
        if len(ids) <= size:
            return rows, None
        shown = set(ids[:size])
        return [row for row in rows if row.id in shown], ids[size - 1]


def refuse_too_much(
    session: Session, register: Register, asked: Asked, *, in_file: bool = False
) -> None:
    """Nobody has to wait for a sum of millions, nor others for whoever asks for it.

    Files are read row by row, but where each row is a sum. Raises Refused ``too_much``.
    """
    if in_file and not register.is_summed:
        return
    most, found = MOST[register.reads], _read(register.reads, asked)
    if session.scalar(found.offset(most).limit(1)) is not None:
        raise Refused(
            text("That is more than %(most)s documents or entries; choose fewer days.", most=most),
            code="too_much",
        )


def _read(reads: Reads, asked: Asked) -> Select[Any]:
    """Ids of what is added up, from an index alone."""
    if reads is Reads.DOCUMENTS:
        row = IssuedDocument
        return select(row.id).where(row.provider_id.in_(asked.ids), asked.on_days(row.issued_on))
    # of all providers: an index has them by day
    found, days = select(LedgerEntry.id), asked.days
    if reads is Reads.AFTER:
        return found.where(false() if days.last is None else LedgerEntry.day > days.last)
    if reads is Reads.ON_DAYS:
        return found.where(asked.on_days(LedgerEntry.day))
    return found if days.first is None else found.where(LedgerEntry.day >= days.first)
