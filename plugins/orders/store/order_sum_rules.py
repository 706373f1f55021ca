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


class ReadSums:
    """What follows from the sums of an order, whatever they were read into.

    Of one called off ``kept`` and ``kept_points`` say what is asked for all the same; else None.
    """

    total: int
    points: int
    paid: int
    paid_points: int
    refunded: int
    refunded_points: int
    surplus: int
    kept: int | None
    kept_points: int | None

    @property
    def is_kept_in_part(self) -> bool:
        """It was called off, and the client has something of it that costs something."""
        return bool(self.kept or self.kept_points)

    @property
    def claimed(self) -> int:
        """What the order comes to: of one called off, what the client has of it."""
        return (self.kept or 0) if self.is_kept_in_part else self.total

    @property
    def claimed_points(self) -> int:
        """The same in points."""
        return (self.kept_points or 0) if self.is_kept_in_part else self.points

    @property
    def left(self) -> int:
        """What of it no payment pays; below zero nothing is."""
        return self.claimed - self.paid

    @property
    def left_points(self) -> int:
        """The same in points."""
        return self.claimed_points - self.paid_points

    @property
    def payment_standing(self) -> PaymentStanding:
        """How far it is paid, in a word."""
        return payment_standing(
            Sums(self.claimed, self.paid, self.refunded, self.surplus),
            Sums(self.claimed_points, self.paid_points, self.refunded_points),
        )


def tax_within(part: int, total: int, tax: int) -> int:
    """How much of ``part`` of an order is tax, half up; of all of it exactly ``tax``."""
    return half_up(part * tax, total) if total else 0


def points_for(paid: int, minor_for_one: int) -> int:
    """Points that ``paid`` minor units earn, whole ones."""
    return paid // minor_for_one


def points_kept(earned: int, paid_before: int, paid_now: int) -> int:
    """Of points earned, those that stay earned when part of what was paid is given back."""
    return half_up(earned * paid_now, paid_before) if paid_before else earned
