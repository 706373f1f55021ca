from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.ledger.entries import AccountKind
from billing_panel.ledger.models import LedgerAccount


@dataclass(frozen=True)
class Standing:
    """How a client stands with a provider: minor units of its currency, and whole points."""

    balance: int
    points: int
    debt: int


def standing(session: Session, client_id: int, provider_id: int) -> Standing:
    rows = session.execute(
        select(LedgerAccount.kind, LedgerAccount.balance).filter_by(
            client_id=client_id, provider_id=provider_id
        )
    )
    balances = {row.kind: row.balance for row in rows}
    return Standing(
        balance=balances.get(AccountKind.BALANCE, 0),
        points=balances.get(AccountKind.POINTS, 0),
        debt=balances.get(AccountKind.RECEIVABLE, 0),
    )
