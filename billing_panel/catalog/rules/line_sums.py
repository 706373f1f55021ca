"""What lines come to, and the taxes of an order. Pure; roundings are in ``kernel.values.money``."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.values.money import part_in_gross, percent_of
from billing_panel.tax.supply import SupplyTax


@dataclass(frozen=True)
class TaxTotal:
    """One tax: ``base`` is what it is taken of, without the tax itself."""

    levied: SupplyTax
    base: int
    tax: int


@dataclass(frozen=True)
class LineSums:
    """What a line comes to: ``amount`` is after ``discount``; ``fees``: the part that no discount
    is taken of.
    """

    discount: int
    amount: int
    fees: int


def line_sums(
    unit_price: int,
    setup_fee: int,
    quantity: int,
    percent: Decimal,
    *,
    listed_percent: Decimal = Decimal(0),
) -> LineSums:
    """Of a line in money; ``percent`` of discount is taken from the price, not from the fee.

    ``listed_percent``: of the tax to be taken out of what the price list has, once for the line.
    """
    listed = (unit_price + setup_fee) * quantity
    amount = without(listed - percent_of(unit_price * quantity, percent), listed_percent)
    fees = without(setup_fee * quantity, listed_percent)
    return LineSums(without(listed, listed_percent) - amount, amount, fees)


def without(gross: int, percent: Decimal) -> int:
    """What ``gross`` is without its tax of ``percent``, half up."""
    return gross - part_in_gross(gross, percent) if percent else gross


class Priced(Protocol):
    """A line as it is taxed: what it costs, in money where ``tender`` says so."""

    @property
    def tender(self) -> Tender: ...
    @property
    def levied(self) -> SupplyTax: ...
    @property
    def amount(self) -> int: ...


def taxes_of(
    lines: Iterable[Priced], delivery: tuple[SupplyTax, int] | None, *, taxes_inside: bool
) -> tuple[TaxTotal, ...]:
    """Of an order, one for each tax, the highest first; ``delivery``: its tax and amount."""
    amounts = [(line.levied, line.amount) for line in lines if line.tender is Tender.MONEY]
    if delivery is not None:
        amounts.append(delivery)
    return tax_totals(amounts, taxes_inside=taxes_inside)


def tax_totals(
    amounts: Iterable[tuple[SupplyTax, int]], *, taxes_inside: bool
) -> tuple[TaxTotal, ...]:
    """One for each tax among ``amounts``, the highest first."""
    sums: dict[SupplyTax, int] = {}
    for levied, amount in amounts:
        sums[levied] = sums.get(levied, 0) + amount
    return tuple(
        _tax_total(levied, sums[levied], taxes_inside=taxes_inside)
        for levied in sorted(sums, key=highest_first)
    )


def highest_first(levied: SupplyTax) -> tuple[Decimal, str, str]:
    """The order in which the taxes of a sale stand."""
    return -levied.percent, levied.category, levied.place


def _tax_total(levied: SupplyTax, amount: int, *, taxes_inside: bool) -> TaxTotal:
    if taxes_inside:
        tax = part_in_gross(amount, levied.percent)
        return TaxTotal(levied, amount - tax, tax)
    return TaxTotal(levied, amount, percent_of(amount, levied.percent))
