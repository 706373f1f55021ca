"""What is always true of top-ups: the books have each that is paid, once, and no other."""

from collections.abc import Iterator

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind, EntryKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from plugins.orders.store.top_up import TopUp, TopUpState
from plugins.orders.top_ups.receive_top_up import SUBJECT


def booked(session: Session) -> Iterator[Text]:
    """What came on the client's own balance by a top-up is its sum if it is paid, else nothing."""
    of_top_up = and_(
        LedgerEntry.subject_kind == SUBJECT,
        LedgerEntry.subject_id == TopUp.id,
        LedgerEntry.kind == EntryKind.CREDITED,
    )
    own = and_(
        LedgerAccount.id == Posting.account_id,
        LedgerAccount.kind == AccountKind.BALANCE,
        LedgerAccount.client_id == TopUp.client_id,
        LedgerAccount.provider_id == TopUp.provider_id,
        LedgerAccount.currency == TopUp.currency,
    )
    came = func.coalesce(
        func.sum(case((LedgerAccount.id.is_not(None), Posting.amount), else_=0)), 0
    )
    due = case((TopUp.state == TopUpState.PAID, TopUp.amount), else_=0)
    rows = session.execute(
        select(TopUp.id, TopUp.currency, due.label("due"), came.label("came"))
        .outerjoin(LedgerEntry, of_top_up)
        .outerjoin(Posting, Posting.entry_id == LedgerEntry.id)
        .outerjoin(LedgerAccount, own)
        .group_by(TopUp.id, TopUp.currency, TopUp.state, TopUp.amount)
        .having(came != due)
        .order_by(TopUp.id)
    )
    for row in rows:
        yield text(
            "Top-up %(id)s should have put %(due)s on the balance, but the ledger has %(came)s.",
            id=row.id,
            due=Money(int(row.due), row.currency),
            came=Money(int(row.came), row.currency),
        )


TOP_UP_CHECKS = (Check("top_ups.booked", booked),)
