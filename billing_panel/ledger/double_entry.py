"""Double entry, the arithmetic. Pure.

Signs: credit is positive. What the provider owes a client (balance, points) and what it has earned
(revenue, tax) stand above zero; what is owed to it (receivable) and what it has received (bank,
cash, card) below. Each entry, and with it the whole ledger, sums to zero in every currency.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing_panel.kernel.language.text import Text, text
from billing_panel.tax.supply import SupplyTax


class AccountKind(StrEnum):
    """The first three belong to a client of a provider, the others to the provider."""

    BALANCE = "balance"
    POINTS = "points"
    RECEIVABLE = "receivable"
    OPENING = "opening"
    REVENUE = "revenue"
    DEFERRED = "deferred"
    TAX = "tax"
    BANK = "bank"
    CASH = "cash"
    CARD = "card"
    COURIER = "courier"
    WRITE_OFF = "write_off"
    FEES = "fees"
    BAD_DEBT = "bad_debt"


# what a client has with a provider; it does not fall below the account's floor
HELD_BY_CLIENTS = frozenset({AccountKind.BALANCE, AccountKind.POINTS})


class EntryKind(StrEnum):
    """What happened; its words are for everybody who reads a statement."""

    OPENING = "opening"
    CREDITED = "credited"
    DEBITED = "debited"
    PAID = "paid"
    REFUNDED = "refunded"
    OWED = "owed"
    DEBT_LIFTED = "debt_lifted"
    POINTS_EARNED = "points_earned"
    POINTS_LOST = "points_lost"
    POINTS_EXPIRED = "points_expired"
    REVERSED = "reversed"
    CHARGED_BACK = "charged_back"
    RELEASED = "released"
    PAID_OUT = "paid_out"
    WRITTEN_OFF = "written_off"
    EXPECTED_AGAIN = "expected_again"


ENTRY_TITLES: Mapping[EntryKind, Text] = {
    EntryKind.OPENING: text("Opening balance"),
    EntryKind.CREDITED: text("Credited"),
    EntryKind.DEBITED: text("Debited"),
    EntryKind.PAID: text("Payment"),
    EntryKind.REFUNDED: text("Refund"),
    EntryKind.OWED: text("Became owed"),
    EntryKind.DEBT_LIFTED: text("No longer owed"),
    EntryKind.POINTS_EARNED: text("Points earned"),
    EntryKind.POINTS_LOST: text("Points taken back"),
    EntryKind.POINTS_EXPIRED: text("Points expired"),
    EntryKind.REVERSED: text("Reversed"),
    EntryKind.CHARGED_BACK: text("Taken back by the payment system"),
    EntryKind.RELEASED: text("Revenue of the month"),
    EntryKind.PAID_OUT: text("Payout"),
    EntryKind.WRITTEN_OFF: text("Debt written off"),
    EntryKind.EXPECTED_AGAIN: text("Debt no longer written off"),
}


@dataclass(frozen=True)
class AccountName:
    """Which account: ``client_id`` None for the provider's own."""

    provider_id: int
    kind: AccountKind
    currency: str
    client_id: int | None = None


@dataclass(frozen=True)
class Movement:
    """``amount`` in minor units, never zero.

    ``levied``: of what is earned, the tax it carries, by which revenue and tax are told apart.
    """

    account: AccountName
    amount: int
    levied: SupplyTax | None = None


@dataclass(frozen=True)
class Happened:
    """What an entry records: ``key`` names it, once; ``subject`` is (noun, id).

    ``reason``: what a person wrote down, as they wrote it. ``day``: the value date, where the
    provider is; None: the day on which it is written.
    """

    kind: EntryKind
    key: str
    subject: tuple[str, int]
    reason: str = ""
    day: date | None = None


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


def spendable(balance: int, floor: int, debt: int, *, of_debt: int = 0) -> int:
    """How much may leave a balance, of which ``of_debt`` pays debts.

    Below zero it goes only as far as ``floor``, and with the debts together no further; what pays a
    debt makes that sum no larger.
    """
    lent = min(0, max(floor, floor + debt - of_debt))
    return max(balance - lent, min(of_debt + max(balance, 0), balance - floor), 0)


def exposure(balance: int, debt: int) -> int:
    """What a client is lent: debts, and what the balance is below zero."""
    return debt + max(-balance, 0)
