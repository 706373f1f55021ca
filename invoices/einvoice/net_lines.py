"""Lines without tax, as EN 16931 has them (BT-131, BT-136, BT-146). Pure.

A document with prices that have tax inside takes the tax out of all lines of a rate at once, once
(``docs/tax.md``). Here that is shared among them, so that they add up to its base to the cent:
each is rounded down, and the cents that are left go to those that lost most.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor

from billing_panel.kernel.values.money import half_up
from billing_panel.tax.supply import TaxCategory
from invoices.document import Document, DocumentLine

# of the price of one; the product with a quantity of a million is still exact to a hundredth
PRICE_DECIMALS = Decimal(1).scaleb(-10)


@dataclass(frozen=True)
class NetLine:
    """Minor units without tax; ``net`` is after ``discount``."""

    line: DocumentLine
    net: int
    discount: int

    @property
    def quantity(self) -> int:
        """Negative where money is taken back: a price is not (BR-27)."""
        return self.line.quantity if self.net + self.discount >= 0 else -self.line.quantity

    @property
    def price(self) -> Decimal:
        """Minor units of one, before the discount, as finely as the line needs it."""
        return (Decimal(self.net + self.discount) / self.quantity).quantize(PRICE_DECIMALS)


def net_lines(document: Document) -> list[NetLine]:
    """Each line that takes money; what is taken in points is no part of an e-invoice."""
    paid = [line for line in document.lines if line.amount or not line.points]
    if not document.taxes_inside:
        return [NetLine(line, line.amount, _without_tax(line)) for line in paid]
    net = _shared(document, paid)
    return [NetLine(line, net[place], _without_tax(line)) for place, line in enumerate(paid)]


def _without_tax(line: DocumentLine) -> int:
    """The discount, which is given in listed prices as they are."""
    percent = line.listed_percent or line.tax_percent
    return line.discount if not percent else _taken_out(line.discount, percent)


def _taken_out(amount: int, percent: Decimal) -> int:
    numerator, denominator = percent.as_integer_ratio()
    return half_up(amount * 100 * denominator, 100 * denominator + numerator)


def _shared(document: Document, lines: Sequence[DocumentLine]) -> dict[int, int]:
    """Place of a line → its net amount."""
    bases: dict[tuple[TaxCategory, Decimal], int] = defaultdict(int)
    for tax in document.taxes:
        bases[tax.category, tax.percent] += tax.base
    of_rate: dict[tuple[TaxCategory, Decimal], list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        of_rate[line.tax_category, line.tax_percent].append(place)
    found: dict[int, int] = {}
    for (category, percent), places in of_rate.items():
        parts = share(bases[category, percent], [lines[place].amount for place in places], percent)
        found.update(zip(places, parts, strict=True))
    return found


def share(base: int, amounts: Iterable[int], percent: Decimal) -> list[int]:
    """Share ``base`` among gross ``amounts``; the parts add up to it."""
    exact = [Decimal(amount) * 100 / (100 + percent) for amount in amounts]
    parts = [floor(part) for part in exact]
    lost = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for step in range(base - sum(parts)):
        parts[lost[step % len(lost)]] += 1
    for step in range(sum(parts) - base):
        parts[lost[-1 - step % len(lost)]] -= 1
    return parts
