"""The sums of an order: total, paid, owed, refunded. Only the order itself changes them.

Whatever is written into the books asks here for the change (``settlement``); nobody else sets a
sum, and ``tests/architecture/test_sums.py`` reads the code for it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

from sqlalchemy import ForeignKey, String
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, query_expression, relationship

from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.catalog.rules.line_sums import Priced, TaxTotal, taxes_of
from billing_panel.catalog.rules.quote import Quote
from billing_panel.kernel.database.column_types import Base, BigId, Percent, one_of
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.tax.sale_tax_summary import TaxTreatment
from billing_panel.tax.supply import SupplyTax, TaxCategory
from plugins.orders.store.order_sum_rules import ReadSums, tax_within
from plugins.orders.workflow.statuses.stage import Stage

# ``payment_standing``, said to the database; nothing of what has ended is unpaid, only owed
PAYMENT_STATE = """CASE
    WHEN NOT (paid > 0 OR paid_points > 0) AND (refunded > 0 OR refunded_points > 0)
        THEN 'refunded'
    WHEN paid < CASE WHEN kept > 0 OR kept_points > 0 THEN kept ELSE total END
        OR paid_points < CASE WHEN kept > 0 OR kept_points > 0 THEN kept_points ELSE points END
        THEN CASE
            WHEN paid > 0 OR paid_points > 0 THEN 'partly_paid'
            WHEN stage IN ('done', 'lost') THEN 'given_up'
            ELSE 'unpaid' END
    WHEN surplus > 0 THEN 'overpaid'
    ELSE 'paid' END"""


class OrderTax(Base):
    """``base`` without tax, and what one tax comes to, in minor units of the order's currency."""

    __tablename__ = "order_tax"

    order_id: Mapped[int] = mapped_column(BigId, ForeignKey("orders.id"), primary_key=True)
    percent: Mapped[Decimal] = mapped_column(Percent, primary_key=True)
    category: Mapped[TaxCategory] = mapped_column(one_of(TaxCategory), primary_key=True)
    place: Mapped[str] = mapped_column(String(16), primary_key=True)
    base: Mapped[int] = mapped_column(BigId)
    tax: Mapped[int] = mapped_column(BigId)

    @property
    def levied(self) -> SupplyTax:
        """The tax it is the sum of."""
        return SupplyTax(self.category, self.percent, self.place)


def tax_row(total: TaxTotal) -> OrderTax:
    """One tax of a quote, as it is kept."""
    levied = total.levied
    return OrderTax(
        percent=levied.percent,
        category=levied.category,
        place=levied.place,
        base=total.base,
        tax=total.tax,
    )


class Summed(Priced, Protocol):
    """What the sums of an order ask of a line."""

    @property
    def discount(self) -> int: ...
    @property
    def points(self) -> int: ...


class OrderSums(ReadSums):
    """The columns and changes of an order's sums: minor units of ``currency``, and whole points.

    ``paid``: Σ of what payments of the order still pay of it; ``owed``: what of the rest is a debt;
    ``written_off``: what of the rest was one, and is not expected any more. ``refunded`` and
    ``surplus``: Σ given back, and Σ put on the balance. ``taxed``: how much of what it has earned
    is tax. ``earned``: points that its payment earned.

    ``kept``, ``kept_tax`` and ``kept_points``: of one that was called off, what of it is asked for
    all the same, since it was delivered (``settlement.delivered_part``); None of every other.
    """

    treatment: Mapped[TaxTreatment] = mapped_column(one_of(TaxTreatment))
    taxes_inside: Mapped[bool]
    delivery_tax_percent: Mapped[Decimal | None] = mapped_column(Percent)
    delivery_tax_category: Mapped[TaxCategory | None] = mapped_column(one_of(TaxCategory))
    delivery_tax_place: Mapped[str | None] = mapped_column(String(16))
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
    written_off: Mapped[int] = mapped_column(BigId, default=0)
    refunded: Mapped[int] = mapped_column(BigId, default=0)
    refunded_points: Mapped[int] = mapped_column(BigId, default=0)
    surplus: Mapped[int] = mapped_column(BigId, default=0)
    taxed: Mapped[int] = mapped_column(BigId, default=0)
    earned: Mapped[int] = mapped_column(BigId, default=0)
    kept: Mapped[int | None] = mapped_column(BigId)
    kept_tax: Mapped[int | None] = mapped_column(BigId)
    kept_points: Mapped[int | None] = mapped_column(BigId)

    @declared_attr
    def parts(cls) -> Mapped[int | None]:  # noqa: N805 (as below)
        """How many payments there were when it was read to be changed; None: not counted."""
        return query_expression()

    @declared_attr
    def invoiced(cls) -> Mapped[int | None]:  # noqa: N805 (as below)
        """How many invoices there were then, of advances too; None: not counted."""
        return query_expression()

    @declared_attr
    def taxes(cls) -> Mapped[list[OrderTax]]:  # noqa: N805 (a class is what SQLAlchemy passes)
        """The highest rate first."""
        first = (OrderTax.percent.desc(), OrderTax.category, OrderTax.place)
        return relationship(order_by=first, cascade="all, delete-orphan")

    def be_taxed(self, quoted: Quote) -> None:
        """From now on as ``quoted`` is, its delivery too."""
        self.treatment, self.taxes_inside = quoted.treatment, quoted.taxes_inside
        self.delivery = quoted.delivery_amount
        levied = quoted.delivery.levied if quoted.delivery else None
        self.delivery_tax_percent = levied.percent if levied else None
        self.delivery_tax_category = levied.category if levied else None
        self.delivery_tax_place = levied.place if levied else None

    def tax_delivery(self, levied: SupplyTax) -> None:
        """From now on its delivery carries ``levied``."""
        self.delivery_tax_percent = levied.percent
        self.delivery_tax_category = levied.category
        self.delivery_tax_place = levied.place

    def sum_of(self, lines: Sequence[Summed]) -> None:
        """Its sums from ``lines``, all it has, and from its delivery."""
        sent = self.delivery_levied
        delivery = None if sent is None else (sent, self.delivery)
        totals = taxes_of(lines, delivery, taxes_inside=self.taxes_inside)
        self._tax(totals)
        in_money = [line for line in lines if line.tender is Tender.MONEY]
        self.goods = sum(line.amount + line.discount for line in in_money)
        self.discount = sum(line.discount for line in in_money)
        self.total = sum(total.base + total.tax for total in totals)
        self.points = sum(line.points for line in lines)

    def _tax(self, totals: Sequence[TaxTotal]) -> None:
        rows = {row.levied: row for row in self.taxes}
        for total in totals:
            row = rows.pop(total.levied, None)
            if row is None:
                self.taxes.append(tax_row(total))
            else:
                row.base, row.tax = total.base, total.tax
        for row in rows.values():
            self.taxes.remove(row)

    @property
    def delivery_levied(self) -> SupplyTax | None:
        """The tax of its delivery; None: nothing is delivered."""
        percent = self.delivery_tax_percent
        category, place = self.delivery_tax_category, self.delivery_tax_place
        if percent is None or category is None or place is None:
            return None
        return SupplyTax(category, percent, place)

    @hybrid_property
    def earnings(self) -> int:
        """What of it is earned, with tax: paid, owed, or written off, which lowers neither."""
        return self.paid + self.owed + self.written_off

    @property
    def tax(self) -> int:
        """Of all rates."""
        return sum(tax.tax for tax in self.taxes)

    @property
    def claimed_tax(self) -> int:
        """The tax in what the order comes to."""
        return (self.kept_tax or 0) if self.is_kept_in_part else self.tax

    @property
    def is_paid(self) -> bool:
        """In each tender; what costs nothing is."""
        return self.left == self.left_points == 0

    @property
    def needed(self) -> int:
        """What can still be paid of it: of a lost order, what is owed or was written off."""
        return self.owed + self.written_off if self.stage is Stage.LOST else max(self.left, 0)

    @property
    def asked_for(self) -> int:
        """What the client is asked to pay: once it is over, what is owed and no goodwill."""
        is_live = self.stage in {Stage.NEW, Stage.OPEN}
        return max(self.left - self.written_off, 0) if is_live else self.owed

    @property
    def is_settled(self) -> bool:
        """Nothing is left; or it is done, and what is left was given back and is owed by nobody."""
        is_goodwill = self.stage is Stage.DONE and not self.owed and self.left <= self.refunded
        return self.left <= 0 or is_goodwill

    @property
    def needed_points(self) -> int:
        """The same in points."""
        if self.stage is Stage.LOST and not self.is_kept_in_part:
            return 0
        return max(self.left_points, 0)

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

    def write_off(self, debt: Money) -> None:
        """``debt`` of what is owed is not expected any more."""
        self.owed -= debt.minor
        self.written_off += debt.minor

    def expect_again(self, debt: Money) -> None:
        """``debt`` of what was written off is owed as before."""
        self.written_off -= debt.minor
        self.owed += debt.minor

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

    @property
    def is_tax_apart(self) -> bool:
        """The tax of what it has earned is what was set apart."""
        return self.taxed == tax_within(self.earnings, self.claimed, self.claimed_tax)

    def set_tax_apart(self, more: Money) -> Money:
        """``more`` of it is earned, or less: how much of that is tax, which is set apart."""
        now = tax_within(self.earnings + more.minor, self.claimed, self.claimed_tax)
        tax = self.money(now - self.taxed)
        self.taxed = now
        return tax

    def earn_points(self, points: int) -> None:
        """Above zero its payment earned them, below they are lost."""
        self.earned += points
