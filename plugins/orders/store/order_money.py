"""What an order comes to, and what of it is paid, owed and given back: it changes these itself.

Whatever is written into the books asks here for the change (``settlement``); nobody else sets a
sum, and ``tests/architecture/test_sums.py`` reads the code for it.
"""

from decimal import Decimal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from billing_panel.kernel.database.db import Base, BigId, Percent, one_of
from billing_panel.kernel.values.money import POINTS, Money
from plugins.orders.store.sum_rules import PaymentStanding, Sums, payment_standing, tax_within
from plugins.orders.workflow.workflow import Stage


class OrderTax(Base):
    """``base`` without tax, and the tax of one rate, in minor units of the order's currency."""

    __tablename__ = "order_tax"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Percent, primary_key=True)
    base: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId)


class OrderSums:
    """The columns and changes of an order's sums: minor units of ``currency``, and whole points.

    ``paid``: Σ of what payments of the order still pay of it; ``owed``: what of the rest is a debt;
    ``refunded`` and ``surplus``: Σ given back, and Σ put on the balance. ``taxed``: how much of
    what it has earned is tax. ``earned``: points that its payment earned.

    ``kept``, ``kept_tax`` and ``kept_points``: of one that was called off, what of it is asked for
    all the same, since it was delivered (``settlement.delivered_part``); None of every other.
    """

    stage: Mapped[Stage] = mapped_column(one_of(Stage))
    currency: Mapped[str] = mapped_column(String(3))
    goods: Mapped[int] = mapped_column(BigId)
    discount: Mapped[int] = mapped_column(BigId)
    delivery: Mapped[int] = mapped_column(BigId)
    total: Mapped[int] = mapped_column(BigId)
    points: Mapped[int] = mapped_column(BigId)
    paid: Mapped[int] = mapped_column(BigId, default=0)
    paid_points: Mapped[int] = mapped_column(BigId, default=0)
    owed: Mapped[int] = mapped_column(BigId, default=0)
    refunded: Mapped[int] = mapped_column(BigId, default=0)
    refunded_points: Mapped[int] = mapped_column(BigId, default=0)
    surplus: Mapped[int] = mapped_column(BigId, default=0)
    taxed: Mapped[int] = mapped_column(BigId, default=0)
    earned: Mapped[int] = mapped_column(BigId, default=0)
    kept: Mapped[int | None] = mapped_column(BigId)
    kept_tax: Mapped[int | None] = mapped_column(BigId)
    kept_points: Mapped[int | None] = mapped_column(BigId)

    @declared_attr
    def taxes(cls) -> Mapped[list[OrderTax]]:  # noqa: N805 (a class is what SQLAlchemy passes)
        """The highest rate first."""
        return relationship(order_by=OrderTax.percent.desc())

    @property
    def tax(self) -> int:
        """Of all rates."""
        return sum(tax.tax for tax in self.taxes)

    @property
    def is_kept_in_part(self) -> bool:
        """It was called off, and the client has something of it that costs something."""
        return bool(self.kept or self.kept_points)

    @property
    def claimed(self) -> int:
        """What the order comes to: of one called off, what the client has of it."""
        return (self.kept or 0) if self.is_kept_in_part else self.total

    @property
    def claimed_tax(self) -> int:
        """The tax in what the order comes to."""
        return (self.kept_tax or 0) if self.is_kept_in_part else self.tax

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
    def is_paid(self) -> bool:
        """In each tender; what costs nothing is."""
        return self.left == self.left_points == 0

    @property
    def needed(self) -> int:
        """What can still be paid of it: of a lost order, what is owed."""
        return self.owed if self.stage is Stage.LOST else max(self.left, 0)

    @property
    def needed_points(self) -> int:
        """The same in points."""
        if self.stage is Stage.LOST and not self.is_kept_in_part:
            return 0
        return max(self.left_points, 0)

    @property
    def payment_standing(self) -> PaymentStanding:
        """How far it is paid, in a word."""
        return payment_standing(
            Sums(self.claimed, self.paid, self.refunded, self.surplus),
            Sums(self.claimed_points, self.paid_points, self.refunded_points),
        )

    def money(self, minor: int) -> Money:
        """So many minor units of its currency."""
        return Money(minor, self.currency)

    def needed_in(self, currency: str) -> Money:
        """What can still be paid of it in money, or in points."""
        return Money(self.needed_points, POINTS) if currency == POINTS else self.money(self.needed)

    def owe(self, more: Money) -> None:
        """``more`` of what is left is a debt now."""
        self.owed += more.minor

    def owe_less(self, less: Money) -> None:
        """``less`` of the debt is lifted."""
        self.owed -= less.minor

    def keep(self, total: int, tax: int, points: int) -> None:
        """Only so much of it is asked for from now on."""
        self.kept, self.kept_tax, self.kept_points = total, tax, points

    def claim_all(self) -> None:
        """It is asked for as a whole again."""
        self.kept = self.kept_tax = self.kept_points = None

    def take_payment(self, used: Money, surplus: Money) -> None:
        """``used`` pays of the debt first; ``surplus`` went to the client's balance."""
        if used.currency == POINTS:
            self.paid_points += used.minor
            return
        self.owed -= min(used.minor, self.owed)
        self.paid += used.minor
        self.surplus += surplus.minor

    def give_back(self, amount: Money) -> None:
        """``amount`` of what paid it pays it no more."""
        if amount.currency == POINTS:
            self.paid_points -= amount.minor
            self.refunded_points += amount.minor
        else:
            self.paid -= amount.minor
            self.refunded += amount.minor

    def keep_after_all(self, used: Money, surplus: Money) -> None:
        """Money given back has not gone: ``used`` of it pays the order again."""
        self.take_payment(used, surplus)
        self.refunded -= used.minor + surplus.minor

    def set_tax_apart(self, more: Money) -> Money:
        """``more`` of it is earned, or less: how much of that is tax, which is set apart."""
        now = tax_within(self.paid + self.owed + more.minor, self.claimed, self.claimed_tax)
        tax = self.money(now - self.taxed)
        self.taxed = now
        return tax

    def earn_points(self, points: int) -> None:
        """Above zero its payment earned them, below they are lost."""
        self.earned += points
