"""What of an invoice stands, and what a credit note takes back of it, to the minor unit. Pure.

A sum is shared among what is left, counted from the first line, half up; its tax is what the tax of
all that stood is more than the tax of what stays, counted from the beginning. So the credit notes
of any sequence of refunds add up to the invoice, and so does their tax.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from billing_panel.kernel.values.money import half_up
from billing_panel.tax.supply import SupplyTax
from invoices.document import CorrectedDocument, Document, DocumentLine, DocumentTax, Kind

K = TypeVar("K")


@dataclass(frozen=True)
class Sums:
    """``amounts`` of lines by their keys, as the document writes them, and what each tax comes to.

    An amount is with tax where the document's prices have it inside.
    """

    amounts: Mapping[str, int] = field(default_factory=dict)
    taxes: Mapping[SupplyTax, int] = field(default_factory=dict)

    @property
    def tax(self) -> int:
        return sum(self.taxes.values())

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(_added(self.amounts, other.amounts), _added(self.taxes, other.taxes))

    def __sub__(self, other: "Sums") -> "Sums":
        return self + Sums(_negative(other.amounts), _negative(other.taxes))


def _added(one: Mapping[K, int], other: Mapping[K, int]) -> Mapping[K, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


def _negative(some: Mapping[K, int]) -> Mapping[K, int]:
    return {key: -value for key, value in some.items()}


def sums_of(document: Document) -> Sums:
    """All that it says."""
    return Sums(
        {line.key: line.amount for line in document.lines},
        {levied_by(tax): tax.tax for tax in document.taxes},
    )


@dataclass(frozen=True)
class Standing:
    """``left``: what of ``invoice`` no credit note has taken back."""

    invoice: Document
    left: Sums

    @property
    def total(self) -> int:
        """With tax."""
        return sum(self.gross(self.left, levied) for levied in self.taxes)

    @property
    def taxes(self) -> Sequence[SupplyTax]:
        return [levied_by(tax) for tax in self.invoice.taxes]

    def lines(self, levied: SupplyTax) -> Sequence[str]:
        """Keys of those that carry the tax."""
        return [line.key for line in self.invoice.lines if levied_on(line) == levied]

    def gross(self, sums: Sums, levied: SupplyTax) -> int:
        """What the lines of a tax come to with it."""
        stated = sum(sums.amounts.get(key, 0) for key in self.lines(levied))
        return stated + (0 if self.invoice.taxes_inside else sums.taxes.get(levied, 0))


def levied_on(line: DocumentLine) -> SupplyTax:
    """The tax that a line carries."""
    return SupplyTax(line.tax_category, line.tax_percent, line.tax_place)


def levied_by(tax: DocumentTax) -> SupplyTax:
    """The tax of which a document says what it comes to."""
    return SupplyTax(tax.category, tax.percent, tax.place)


def standing_of(invoice: Document, credit_notes: Iterable[Document]) -> Standing:
    """``credit_notes``: all that correct it."""
    left = sums_of(invoice)
    for note in credit_notes:
        left -= sums_of(note)
    return Standing(invoice, left)


def take_sum(standing: Standing, gross: int, tax: int | None = None) -> Sums:
    """``gross`` of what stands, or all that stands if that is less.

    ``tax``: how much of it has to be tax by the books, which count that of all rates together;
    None: nobody says.
    """
    if gross >= standing.total:
        return standing.left
    of_taxes = [standing.gross(standing.left, one) for one in standing.taxes]
    parts = dict(zip(standing.taxes, split(gross, of_taxes), strict=True))
    taxes = {one: _tax_of(standing, one, part) for one, part in parts.items()}
    if tax is not None:
        _fit(standing, taxes, parts, tax)
    amounts: dict[str, int] = {}
    for one, part in parts.items():
        stated = part if standing.invoice.taxes_inside else part - taxes[one]
        keys = standing.lines(one)
        shares = split(stated, [standing.left.amounts.get(key, 0) for key in keys])
        amounts |= zip(keys, shares, strict=True)
    return Sums(amounts, taxes)


def gross_lines(standing: Standing, gross: int) -> Mapping[str, int]:
    """``gross``, or all that stands if that is less, shared among the lines, with their tax."""
    gross = min(gross, standing.total)
    of_taxes = [standing.gross(standing.left, one) for one in standing.taxes]
    found: dict[str, int] = {}
    for one, part in zip(standing.taxes, split(gross, of_taxes), strict=True):
        keys = standing.lines(one)
        shares = split(part, [standing.left.amounts.get(key, 0) for key in keys])
        found |= zip(keys, shares, strict=True)
    return found


def take_lines(standing: Standing, wanted: Mapping[str, int]) -> Sums:
    """``wanted``: amounts by keys of lines, none beyond what stands of it."""
    whole, taxes = sums_of(standing.invoice), {}
    for one in standing.taxes:
        keys, left = standing.lines(one), standing.left.taxes[one]
        stays = sum(standing.left.amounts[key] - wanted.get(key, 0) for key in keys)
        all_of_it = sum(whole.amounts[key] for key in keys)
        after = half_up(stays * whole.taxes[one], all_of_it) if all_of_it else 0
        taxes[one] = min(max(left - after, 0), left)
    return Sums(wanted, taxes)


def take_down_to(standing: Standing, stays: Sums) -> Sums | None:
    """What is more than ``stays``; None: of something less than that stands already."""
    less = standing.left - stays
    return None if min((*less.amounts.values(), *less.taxes.values()), default=0) < 0 else less


def lines_beyond(said: Sums, whole: Sums) -> Mapping[str, int]:
    """By how much of each line more is ``said`` than there is of it in the ``whole``."""
    less = (said - whole).amounts
    return {key: more for key, more in less.items() if more > 0}


def part_of(
    standing: Standing, taken: Sums, kind: Kind, day: date, *, reason: str = ""
) -> Document:
    """The document of ``day`` over ``taken``, without its number, which it gets when it is issued.

    A credit note names the invoice that it corrects.
    """
    invoice = standing.invoice
    taxes = tuple(
        replace(tax, base=gross - own, tax=own)
        for tax in invoice.taxes
        for own in [taken.taxes.get(levied_by(tax), 0)]
        for gross in [standing.gross(taken, levied_by(tax))]
        if gross
    )
    net = sum(tax.base for tax in taxes)
    is_credit = kind is Kind.CREDIT_NOTE
    return replace(
        invoice,
        kind=kind,
        number="",
        issued_on=day,
        due_on=day,
        lines=tuple(
            _part_of(line, amount)
            for line in invoice.lines
            if (amount := taken.amounts.get(line.key, 0))
        ),
        taxes=taxes,
        net=net,
        tax=taken.tax,
        total=net + taken.tax,
        supplied_on=None,
        paid_on=None,
        corrects=CorrectedDocument(invoice.number, invoice.issued_on) if is_credit else None,
        prepaid=0,
        reason=reason,
        settles=(),
        deducted=(),
        parts=(),
    )


def _part_of(line: DocumentLine, amount: int) -> DocumentLine:
    """The line as it was invoiced, where it is all of it; else one of that amount."""
    if amount == line.amount:
        return replace(line, points=0)
    return replace(
        line,
        quantity=1,
        unit_price=amount,
        discount=0,
        amount=amount,
        points=0,
        listed_percent=Decimal(0),
    )


def _tax_of(standing: Standing, levied: SupplyTax, part: int) -> int:
    """What of ``part``, which is with tax, is tax."""
    whole = sums_of(standing.invoice)
    all_of_it, left = standing.gross(whole, levied), standing.gross(standing.left, levied)
    after = half_up((left - part) * whole.taxes[levied], all_of_it) if all_of_it else 0
    return _within(standing, levied, part, standing.left.taxes[levied] - after)


def _within(standing: Standing, levied: SupplyTax, part: int, tax: int) -> int:
    """``tax``, but no more than there is of it, nor so little that more than there is stays net."""
    left = standing.left.taxes[levied]
    net = standing.gross(standing.left, levied) - left
    return max(min(tax, left, part), part - net, 0)


def _fit(
    standing: Standing, taxes: dict[SupplyTax, int], parts: Mapping[SupplyTax, int], wanted: int
) -> None:
    """Several rates rounded apart may differ by a minor unit each from all rounded together."""
    for one in standing.taxes:
        off = wanted - sum(taxes.values())
        taxes[one] = _within(standing, one, parts[one], taxes[one] + min(max(off, -1), 1))


def split(whole: int, weights: Sequence[int]) -> Sequence[int]:
    """``whole`` shared by the weights, counted from the first, half up; none gets beyond its own.

    ``whole`` is at most their sum, or more than it by a tax that is shared the same.
    """
    of_all, counted, given, parts = sum(weights), 0, 0, []
    for weight in weights:
        counted += weight
        until = half_up(whole * counted, of_all) if of_all else 0
        parts.append(until - given)
        given = until
    return parts
