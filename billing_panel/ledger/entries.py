"""Double entry, the arithmetic. Pure.

Signs: credit is positive. What the provider owes a client (balance, points) and what it has earned
(revenue) stand above zero; what is owed to it (receivable) and what it has received (bank, cash,
card) below. Each entry, and with it the whole ledger, sums to zero in every currency.
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
    BANK = "bank"
    CASH = "cash"
    CARD = "card"


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
