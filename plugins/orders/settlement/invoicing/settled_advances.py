"""The invoice that settles advance invoices, and what it adds to them. Pure.

A payment before the supply makes its VAT chargeable (Directive 2006/112/EC, Art. 65) and has an
invoice of its own (Art. 220 (1), points 4 and 5; чл. 113, ал. 1 и чл. 25, ал. 7 ЗДДС; п. 1 ст. 168
НК РФ). Goods that go to another member state are the exception: their tax arises with the supply.

The invoice for the supply deducts the advances and their tax, a line for each (§ 14, Abs. 5 UStG;
Bulgarian and French practice are the same). In Russia it says the whole, and the seller deducts the
tax of the advance in their purchase ledger (п. 8 ст. 171 НК РФ): ``deducted`` keeps what that is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from billing_panel.kernel.language.days import said_day
from billing_panel.kernel.language.text import say, text
from billing_panel.tax.supply import SupplyTax, TaxCategory
from invoices.document import CorrectedDocument, Document, DocumentLine, DocumentTax
from plugins.orders.settlement.invoicing.credit_shares import (
    Standing,
    levied_by,
    levied_on,
    split,
)

# where the advance is no line of the invoice that settles it
APART = frozenset({"RU"})
ADVANCE = "advance:"


@dataclass(frozen=True)
class Advance:
    """What of an advance invoice stands, and what it is called."""

    named: CorrectedDocument
    standing: Standing

    def taxes(self) -> Mapping[SupplyTax, DocumentTax]:
        """What stands of it by tax."""
        standing = self.standing
        by_tax = {levied_by(tax): tax for tax in standing.invoice.taxes}
        found = {}
        for levied, tax in by_tax.items():
            gross, own = standing.gross(standing.left, levied), standing.left.taxes[levied]
            if gross:
                found[levied] = replace(tax, base=gross - own, tax=own)
        return found


def tax_arises_with_payment(document: Document) -> bool:
    """Tax of what is paid for it arises with the payment."""
    return any(tax.category is not TaxCategory.INTRA_COMMUNITY for tax in document.taxes)


def settling(document: Document, advances: Sequence[Advance]) -> Document:
    """``document``: the invoice for the whole supply, without its number."""
    standing = [one for one in advances if one.standing.total]
    if not standing:
        return document
    settled = replace(document, settles=tuple(one.named for one in standing))
    if document.seller.country in APART:
        return replace(settled, deducted=_summed(standing))
    taxes = _beside(document.taxes, _summed(standing))
    net, tax = sum(one.base for one in taxes), sum(one.tax for one in taxes)
    lines = [line for one in standing for line in _lines(one, document)]
    before = sum(one.standing.total for one in standing)
    return replace(
        settled,
        lines=(*document.lines, *lines),
        taxes=taxes,
        net=net,
        tax=tax,
        total=net + tax,
        prepaid=max(document.prepaid - before, 0),
    )


def beside_advances(document: Document) -> Document:
    """What the document says beside the advances that it settles, line by line.

    Each line keeps its part of what is left of its tax, counted from the first, half up.
    """
    if not document.settles:
        return document
    taxes = _beside(document.taxes, document.deducted)
    own = [line for line in document.lines if not line.key.startswith(ADVANCE)]
    amounts: dict[str, int] = {}
    for tax in taxes:
        stated = tax.base + (tax.tax if document.taxes_inside else 0)
        alike = [line for line in own if levied_on(line) == levied_by(tax)]
        parts = split(stated, [line.amount for line in alike])
        amounts |= {line.key: part for line, part in zip(alike, parts, strict=True)}
    net, tax_sum = sum(one.base for one in taxes), sum(one.tax for one in taxes)
    return replace(
        document,
        lines=tuple(_of(line, amounts.get(line.key, 0)) for line in own),
        taxes=taxes,
        net=net,
        tax=tax_sum,
        total=net + tax_sum,
        settles=(),
        deducted=(),
    )


def _of(line: DocumentLine, amount: int) -> DocumentLine:
    if amount == line.amount:
        return line
    whole = replace(line, quantity=1, unit_price=amount, discount=0, amount=amount)
    return replace(whole, listed_percent=Decimal(0))


def _beside(stated: Iterable[DocumentTax], taken: Iterable[DocumentTax]) -> tuple[DocumentTax, ...]:
    """What is ``stated`` less what is ``taken``, by tax: below zero where only that has one."""
    less = {levied_by(tax): tax for tax in taken}
    found = [_less(tax, less.pop(levied_by(tax), None)) for tax in stated]
    alone = (_less(replace(tax, base=0, tax=0), tax) for tax in less.values())
    return (*found, *alone)


def _less(tax: DocumentTax, taken: DocumentTax | None) -> DocumentTax:
    return replace(tax, base=tax.base - taken.base, tax=tax.tax - taken.tax) if taken else tax


def _summed(advances: Iterable[Advance]) -> tuple[DocumentTax, ...]:
    found: dict[SupplyTax, DocumentTax] = {}
    for one in advances:
        for levied, tax in one.taxes().items():
            known = found.get(levied, replace(tax, base=0, tax=0))
            found[levied] = replace(tax, base=known.base + tax.base, tax=known.tax + tax.tax)
    return tuple(found.values())


def _lines(advance: Advance, document: Document) -> Iterable[DocumentLine]:
    named, language = advance.named, document.language
    said = text(
        "Advance invoice No. %(number)s of %(day)s",
        number=named.number,
        day=said_day(named.issued_on, language),
    )
    for place, (levied, tax) in enumerate(advance.taxes().items()):
        amount = tax.base + (tax.tax if document.taxes_inside else 0)
        yield DocumentLine(
            title=say(said, language),
            detail="",
            quantity=1,
            unit_price=-amount,
            discount=0,
            amount=-amount,
            tax_percent=levied.percent,
            tax_category=levied.category,
            tax_place=levied.place,
            key=f"{ADVANCE}{named.number}:{place}",
        )
