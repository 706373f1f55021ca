"""The payouts of providers that were recorded last, as the books have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.text import Text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerEntry, Posting
from plugins.finance.payouts.record_payout import IN_TRANSIT

MOST = 20


@dataclass(frozen=True)
class Payout:
    """``day``: its value date. ``provider``: a key."""

    day: date
    provider: str
    source: Text
    arrived: Money
    fee: Money
    reference: str


def last_payouts(session: Session, own: Sequence[Provider]) -> Sequence[Payout]:
    """At most ``MOST`` of ``own``, the newest first."""
    by_id = {provider.id: provider for provider in own}
    found = (
        select(LedgerEntry)
        .where(
            LedgerEntry.subject_kind == "provider",
            LedgerEntry.subject_id.in_(by_id),
            LedgerEntry.kind == EntryKind.PAID_OUT,
        )
        .options(selectinload(LedgerEntry.postings).joinedload(Posting.account))
        .order_by(LedgerEntry.id.desc())
        .limit(MOST)
    )
    return [_payout(entry, by_id[entry.subject_id]) for entry in session.scalars(found)]


def _payout(entry: LedgerEntry, provider: Provider) -> Payout:
    moved = {posting.account.kind: posting.amount for posting in entry.postings}
    return Payout(
        day=entry.day,
        provider=provider.key,
        source=next(title for kind, title in IN_TRANSIT.items() if kind in moved),
        arrived=Money(-moved[AccountKind.BANK], provider.currency),
        fee=Money(-moved.get(AccountKind.FEES, 0), provider.currency),
        reference=entry.reason,
    )
