"""The share of an order's sums that some of its lines have, to the minor unit. Pure.

A tax is shared among its lines counted from the first, half up: of any parts into which an order is
taken the sums are those of the whole, and so is the tax.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from billing_panel.catalog.rules.line_sums import highest_first
from billing_panel.kernel.values.money import half_up
from billing_panel.tax.supply import SupplyTax


@dataclass(frozen=True)
class Priced:
    """A line, or the delivery: ``amount`` with tax where the order's prices have it inside."""

    levied: SupplyTax
    amount: int


@dataclass(frozen=True)
class Share:
    """``base`` is without ``tax``."""

    levied: SupplyTax
    base: int
    tax: int

    @property
    def gross(self) -> int:
        return self.base + self.tax


@dataclass(frozen=True)
class Claim:
    """What is asked for a part of an order: ``shares`` in money, and points."""

    shares: tuple[Share, ...] = ()
    points: int = 0

    @property
    def total(self) -> int:
        return sum(share.gross for share in self.shares)

    @property
    def tax(self) -> int:
        return sum(share.tax for share in self.shares)

    def by_tax(self) -> Sequence[Share]:
        """One for each tax, the highest first."""
        taxes = sorted({share.levied for share in self.shares}, key=highest_first)
        return [_added(levied, (s for s in self.shares if s.levied == levied)) for levied in taxes]


def _added(levied: SupplyTax, shares: Iterable[Share]) -> Share:
    of_tax = [*shares]
    return Share(levied, sum(s.base for s in of_tax), sum(s.tax for s in of_tax))


def shares_of(
    priced: Sequence[Priced], taxes: Mapping[SupplyTax, int], *, taxes_inside: bool
) -> Sequence[Share]:
    """One for each of ``priced``, which are all there is; ``taxes``: what each tax comes to."""
    wholes: dict[SupplyTax, int] = {}
    for one in priced:
        wholes[one.levied] = wholes.get(one.levied, 0) + one.amount
    counted = dict.fromkeys(wholes, 0)
    shares = []
    for one in priced:
        whole, tax = wholes[one.levied], taxes.get(one.levied, 0)
        before = _within(counted[one.levied], whole, tax)
        counted[one.levied] += one.amount
        own = _within(counted[one.levied], whole, tax) - before
        shares.append(Share(one.levied, one.amount - own if taxes_inside else one.amount, own))
    return shares


def _within(part: int, whole: int, tax: int) -> int:
    return half_up(part * tax, whole) if whole else 0
