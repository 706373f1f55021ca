"""What is always true of closed months."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.ledger.models import BooksClosing, LedgerAccount, LedgerEntry, Posting


def closed(session: Session) -> Iterator[Text]:
    """Nothing was entered on a day while its month was closed, whatever was reopened since."""
    then = (
        select(BooksClosing.closed_on)
        .where(BooksClosing.provider_id == Provider.id, BooksClosing.after_entry < LedgerEntry.id)
        .order_by(BooksClosing.id.desc())
        .limit(1)
        .correlate(Provider, LedgerEntry)
    )
    ever = select(func.max(BooksClosing.closed_on)).where(BooksClosing.provider_id == Provider.id)
    found = (
        select(LedgerEntry.id, LedgerEntry.day, Provider.key)
        .distinct()
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(Provider, Provider.id == LedgerAccount.provider_id)
        .where(
            LedgerEntry.day <= ever.correlate(Provider).scalar_subquery(),
            LedgerEntry.day <= then.scalar_subquery(),
        )
        .order_by(LedgerEntry.id)
        .execution_options(yield_per=100)
    )
    with session.execute(found) as rows:
        for entry, day, provider in rows:
            yield text(
                "Entry %(entry)s of %(provider)s is dated %(day)s, but was made while that"
                " month was closed.",
                entry=entry,
                provider=provider,
                day=day,
            )


def kept(session: Session) -> Iterator[Text]:
    """What is closed is what was closed or reopened last."""
    newest = select(func.max(BooksClosing.id)).group_by(BooksClosing.provider_id)
    rows = session.execute(
        select(Provider.key, Provider.books_closed_on, BooksClosing.closed_on)
        .outerjoin(
            BooksClosing,
            (BooksClosing.provider_id == Provider.id) & BooksClosing.id.in_(newest),
        )
        .where(
            or_(
                Provider.books_closed_on.is_distinct_from(BooksClosing.closed_on),
                Provider.books_closed_at.is_distinct_from(BooksClosing.at),
            )
        )
        .order_by(Provider.id)
    )
    for provider, closed_on, last_closed_on in rows:
        last: date | None = last_closed_on
        yield text(
            "The books of %(provider)s are closed up to %(closed)s, but the last closing says"
            " %(last)s.",
            provider=provider,
            closed=closed_on or "–",
            last="–" if last is None else last,
        )


CLOSING_CHECKS = (Check("ledger.closed", closed), Check("ledger.closings", kept))
