"""Months of a provider's books that are closed: nothing more is entered on their days.

One day says it: the last of the last closed month (``Provider.books_closed_on``), so that a month
is closed with all before it. Each change of it is a row that stays (``BooksClosing``), by which the
database itself refuses postings. What is found out later is corrected in the open month.
The provider's row is locked against whoever moves money there (``lock_sequence``), so that nothing
is entered between the two. Reopening takes another function and a reason, and stands in the log.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_provider
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.bounded_parsing import read_day
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.clock import Clock
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import BooksClosing, LedgerAccount, LedgerEntry, Posting
from permissions.guard import require
from plugins.finance.functions import FinanceFunction

CLOSED, REOPENED = "provider.books_closed", "provider.books_reopened"
MOST = 500


@dataclass(frozen=True)
class CloseMonth:
    """``provider`` by key; ``month`` as typed, such as 2026-11."""

    provider: str
    month: str


@dataclass(frozen=True)
class ReopenMonth:
    """The same, with the ``reason``; months after it are open again too."""

    provider: str
    month: str
    reason: str


def close_month(session: Session, command: CloseMonth, *, actor: Actor, clock: Clock) -> Provider:
    """It and all before it.

    Raises FunctionNotHeld, NotFound, Invalid ``month``, ``month_not_over``, Conflict
    ``already_closed``, ``revenue_not_released``.
    """
    require(actor, FinanceFunction.MONTH_CLOSE)
    provider, first = _locked(session, command.provider, actor), _month(command.month)
    last, now = last_day(first), clock.now()
    if local_date(now, provider.timezone) <= last:
        raise _wrong("month_not_over", text("This month isn’t over; close it when it is."))
    if provider.books_closed_on is not None and last <= provider.books_closed_on:
        raise Conflict(text("This month is closed already."), code="already_closed")
    if _is_unreleased(session, provider, last):
        message = text(
            "Revenue of this month is still deferred; the worker releases it within an hour of"
            " the month’s end. Close the month then."
        )
        raise Conflict(message, code="revenue_not_released")
    _keep(session, provider, last, "", actor=actor, clock=clock)
    facts = {"month": f"{first:%Y-%m}", "closed_on": last.isoformat()}
    _note(session, CLOSED, provider, facts, actor, clock)
    return provider


def reopen_month(session: Session, command: ReopenMonth, *, actor: Actor, clock: Clock) -> Provider:
    """It and all after it.

    Raises FunctionNotHeld, NotFound, Invalid ``month``, ``reason_missing``, Conflict
    ``not_closed``.
    """
    require(actor, FinanceFunction.MONTH_REOPEN)
    provider, first = _locked(session, command.provider, actor), _month(command.month)
    reason, closed = command.reason.strip(), provider.books_closed_on
    if not is_visible(reason) or len(reason) > MOST:
        message = text("Say briefly why; it stays in the log.")
        raise Invalid([FieldError("reason", "reason_missing", message)], code="reason_missing")
    if closed is None or last_day(first) > closed:
        raise Conflict(text("This month isn’t closed."), code="not_closed")
    open_from = first - timedelta(days=1)
    _keep(session, provider, open_from, reason, actor=actor, clock=clock)
    facts = {"month": f"{first:%Y-%m}", "closed_on": open_from.isoformat()}
    _note(session, REOPENED, provider, facts, actor, clock, reason)
    return provider


def closings(
    session: Session, provider_ids: Collection[int], most: int, before: int | None = None
) -> Sequence[BooksClosing]:
    """When months of their books were closed and reopened, the newest first.

    ``before``: only those older than the one of that id.
    """
    found = select(BooksClosing).where(BooksClosing.provider_id.in_(provider_ids))
    if before is not None:
        found = found.where(BooksClosing.id < before)
    return session.scalars(found.order_by(BooksClosing.id.desc()).limit(most)).all()


def _keep(
    session: Session,
    provider: Provider,
    closed_on: date,
    reason: str,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    provider.books_closed_on, provider.books_closed_at = closed_on, clock.now()
    closing = BooksClosing(
        provider_id=provider.id,
        at=clock.now(),
        user_id=actor.user_id,
        after_entry=session.scalar(select(func.coalesce(func.max(LedgerEntry.id), 0))) or 0,
        closed_on=closed_on,
        reason=reason,
    )
    session.add(closing)


def _is_unreleased(session: Session, provider: Provider, last: date) -> bool:
    released = provider.revenue_released_on
    if released is not None and released >= last:
        return False
    deferred = (
        select(Posting.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(
            LedgerAccount.provider_id == provider.id,
            LedgerAccount.kind == AccountKind.DEFERRED,
            LedgerEntry.day <= last,
        )
    )
    return session.scalar(deferred.limit(1)) is not None


def last_day(first: date) -> date:
    """Of the month of ``first``, its first day."""
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _locked(session: Session, key: str, actor: Actor) -> Provider:
    provider = find_provider(session, actor, key)
    lock_row(session, provider)
    return provider


def _month(written: str) -> date:
    """Its first day."""
    day = read_day(f"{written.strip()}-01") if len(written.strip()) == len("2026-11") else None
    if day is None:
        raise _wrong("month", text("Use a month such as 2026-11."))
    return day


def _wrong(code: str, message: Text) -> Invalid:
    return Invalid([FieldError("month", code, message)], code=code)


def _note(
    session: Session,
    kind: str,
    provider: Provider,
    facts: Mapping[str, object],
    actor: Actor,
    clock: Clock,
    reason: str = "",
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=clock.now(),
        subject=("provider", provider.id),
        provider_id=provider.id,
        facts=facts,
        words={"reason": reason} if reason else None,
    )
