"""What is always true of closed months."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting


def closed(session: Session) -> Iterator[Text]:
    """Nothing was entered on a closed day after it was closed."""
    found = (
        select(LedgerEntry.id, LedgerEntry.day, Provider.key)
        .distinct()
        .join(Posting, Posting.entry_id == LedgerEntry.id)
        .join(LedgerAccount, LedgerAccount.id == Posting.account_id)
        .join(Provider, Provider.id == LedgerAccount.provider_id)
        .where(
            LedgerEntry.day <= Provider.books_closed_on, LedgerEntry.at > Provider.books_closed_at
        )
        .order_by(LedgerEntry.id)
        .execution_options(yield_per=100)
    )
    with session.execute(found) as rows:
        for entry, day, provider in rows:
            yield text(
                "Entry %(entry)s of %(provider)s is dated %(day)s, but was made after that"
                " month was closed.",
                entry=entry,
                provider=provider,
                day=day,
            )


CLOSING_CHECKS = (Check("ledger.closed", closed),)
