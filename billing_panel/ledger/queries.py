from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing_panel.ledger.entries import AccountKind
from billing_panel.ledger.models import LedgerAccount

STANDING = select(LedgerAccount.kind, LedgerAccount.balance).where(
    LedgerAccount.client_id == bindparam("client_id"),
    LedgerAccount.provider_id == bindparam("provider_id"),
)


@dataclass(frozen=True)
class Standing:
    """How a client stands with a provider: minor units of its currency, and whole points."""

    balance: int
    points: int
    debt: int


def standing(session: Session, client_id: int, provider_id: int) -> Standing:
    rows = session.execute(STANDING, {"client_id": client_id, "provider_id": provider_id})
    balances = {row.kind: row.balance for row in rows}
    return Standing(
        balance=balances.get(AccountKind.BALANCE, 0),
        points=balances.get(AccountKind.POINTS, 0),
        debt=-balances.get(AccountKind.RECEIVABLE, 0),
    )
