"""The sums of an order: what it is paid, and how much of it is tax. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from billing_panel.kernel.values.money import half_up


class PaymentStanding(StrEnum):
    """How far an order is paid."""

    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERPAID = "overpaid"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Sums:
    """Of one tender, in its minor units. ``surplus``: paid beyond it, and put on the balance."""

    total: int
    paid: int
    refunded: int = 0
    surplus: int = 0


def payment_standing(*tenders: Sums) -> PaymentStanding:
    """Of an order that is paid in these tenders; each must be paid in full for the whole to be."""
    paid = any(sums.paid for sums in tenders)
    if not paid and any(sums.refunded for sums in tenders):
        return PaymentStanding.REFUNDED
    if any(sums.paid < sums.total for sums in tenders):
        return PaymentStanding.PARTLY_PAID if paid else PaymentStanding.UNPAID
    if any(sums.surplus for sums in tenders):
        return PaymentStanding.OVERPAID
    return PaymentStanding.PAID


def tax_within(part: int, total: int, tax: int) -> int:
    """How much of ``part`` of an order is tax, half up; of all of it exactly ``tax``."""
    return half_up(part * tax, total) if total else 0


def points_for(paid: int, minor_for_one: int) -> int:
    """Points that ``paid`` minor units earn, whole ones."""
    return paid // minor_for_one


def points_kept(earned: int, paid_before: int, paid_now: int) -> int:
    """Of points earned, those that stay earned when part of what was paid is given back."""
    return half_up(earned * paid_now, paid_before) if paid_before else earned
