"""What part of an order some of its lines are, to the minor unit. Pure.

A rate's tax is shared among its lines counted from the first, half up: of any parts into which an
order is taken the sums are those of the whole, and so is the tax.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing_panel.kernel.values.money import half_up


@dataclass(frozen=True)
class Priced:
    """A line, or the delivery: ``amount`` with tax where the order's prices have it inside."""

    percent: Decimal
    amount: int


@dataclass(frozen=True)
class Share:
    """``base`` is without ``tax``."""

    percent: Decimal
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

    def by_rate(self) -> Sequence[Share]:
        """One for each rate, the highest first."""
        rates = sorted({share.percent for share in self.shares}, reverse=True)
        return [_added(rate, (s for s in self.shares if s.percent == rate)) for rate in rates]


def _added(rate: Decimal, shares: Iterable[Share]) -> Share:
    of_rate = [*shares]
    return Share(rate, sum(s.base for s in of_rate), sum(s.tax for s in of_rate))


def shares_of(
    priced: Sequence[Priced], taxes: Mapping[Decimal, int], *, taxes_inside: bool
) -> Sequence[Share]:
    """One for each of ``priced``, which are all there is; ``taxes``: the tax of each rate."""
    wholes: dict[Decimal, int] = {}
    for one in priced:
        wholes[one.percent] = wholes.get(one.percent, 0) + one.amount
    counted = dict.fromkeys(wholes, 0)
    shares = []
    for one in priced:
        whole, tax = wholes[one.percent], taxes.get(one.percent, 0)
        before = _within(counted[one.percent], whole, tax)
        counted[one.percent] += one.amount
        own = _within(counted[one.percent], whole, tax) - before
        shares.append(Share(one.percent, one.amount - own if taxes_inside else one.amount, own))
    return shares


def _within(part: int, whole: int, tax: int) -> int:
    return half_up(part * tax, whole) if whole else 0
