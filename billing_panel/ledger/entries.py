"""Double entry, the arithmetic. Pure.

Signs: a posting above zero adds to what an account holds. A client's balance is what the provider
owes him; his receivable is what he owes. The other side of either is an account of the provider, so
that each entry, and with it the whole ledger, sums to zero in every currency.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class AccountKind(StrEnum):
    """The first three belong to a client of a provider, the others to the provider."""

    BALANCE = "balance"
    POINTS = "points"
    RECEIVABLE = "receivable"
    OPENING = "opening"
    REVENUE = "revenue"


@dataclass(frozen=True)
class AccountName:
    """Which account: ``client_id`` None for the provider's own."""

    provider_id: int
    kind: AccountKind
    currency: str
    client_id: int | None = None


@dataclass(frozen=True)
class Movement:
    """``amount`` in minor units, never zero."""

    account: AccountName
    amount: int


class Unbalanced(ValueError):
    """The movements of an entry do not sum to zero, or move nothing."""


def check_balanced(movements: Sequence[Movement]) -> None:
    """Raises Unbalanced."""
    sums: Counter[str] = Counter()
    for movement in movements:
        sums[movement.account.currency] += movement.amount
    if not movements or any(movement.amount == 0 for movement in movements):
        raise Unbalanced("an entry moves something on every account it names")
    if any(sums.values()):
        raise Unbalanced(f"the movements sum to {dict(sums)}, not to zero")
