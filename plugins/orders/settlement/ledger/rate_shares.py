"""What an order has earned, told apart by its taxes, and what of it is still to be supplied. Pure.

Shares are counted from the beginning, half up: of any parts in which an order is paid the sums are
those of the whole, and all that is earned is revenue, deferred revenue and tax of the rates that
the order carries, to the minor unit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from billing_panel.kernel.values.money import half_up
from billing_panel.tax.supply import SupplyTax


@dataclass(frozen=True)
class Part:
    """A line of an order, or its delivery: ``base`` is without ``tax``.

    ``ahead``: the share of it that is still to be supplied.
    """

    levied: SupplyTax
    base: int
    tax: int
    ahead: Fraction = Fraction(0)


@dataclass(frozen=True)
class Earned:
    """Of one tax, minor units: what is earned, what is deferred, and the tax itself."""

    revenue: int
    deferred: int
    tax: int


def earned_by_tax(gross: int, tax: int, parts: Sequence[Part]) -> Mapping[SupplyTax, Earned]:
    """``gross`` of what ``parts`` come to, of which ``tax`` is tax, by the taxes of the parts."""
    taxes = list(dict.fromkeys(part.levied for part in parts))
    wholes = [_whole([part for part in parts if part.levied == levied]) for levied in taxes]
    of_gross = _spread(gross, [whole.base + whole.tax for whole in wholes])
    of_tax = _spread(tax, [whole.tax for whole in wholes])
    found = {}
    for levied, whole, own, own_tax in zip(taxes, wholes, of_gross, of_tax, strict=True):
        net = own - own_tax
        deferred = half_up(net * whole.ahead.numerator, whole.ahead.denominator)
        found[levied] = Earned(net - deferred, deferred, own_tax)
    return found


@dataclass(frozen=True)
class _Whole:
    base: int
    tax: int
    ahead: Fraction


def _whole(parts: Sequence[Part]) -> _Whole:
    base = sum(part.base for part in parts)
    ahead = sum((part.base * part.ahead for part in parts), Fraction(0))
    return _Whole(base, sum(part.tax for part in parts), ahead / base if base else Fraction(0))


def _spread(sum_: int, wholes: Sequence[int]) -> Sequence[int]:
    """``sum_`` in the proportion of ``wholes``; where they are nothing, it is of the first."""
    whole, counted, before, shares = sum(wholes), 0, 0, []
    if not whole:
        return [sum_, *[0] * (len(wholes) - 1)][: len(wholes)]
    for one in wholes:
        counted += one
        until = half_up(sum_ * counted, whole)
        shares.append(until - before)
        before = until
    return shares
