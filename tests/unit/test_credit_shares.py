"""What credit notes take back of an invoice: any parts add up to it, line by line and by tax."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_panel.kernel.values.money import half_up
from billing_panel.tax.supply import SupplyTax, TaxCategory
from invoices.document import (
    BankDetails,
    Document,
    DocumentLine,
    DocumentTax,
    Kind,
    Party,
)
from plugins.orders.settlement.invoicing.credit_shares import (
    part_of,
    standing_of,
    sums_of,
    take_down_to,
    take_lines,
    take_sum,
)

DAY = date(2026, 11, 25)
RATES = st.sampled_from([Decimal(0), Decimal(9), Decimal(20), Decimal("8.25")])
NOBODY = Party("", "BG", "")
EMPTY = Document(
    Kind.INVOICE,
    "en",
    "7",
    "",
    "",
    DAY,
    DAY,
    "EUR",
    "",
    NOBODY,
    NOBODY,
    BankDetails(""),
    (),
    (),
    taxes_inside=False,
    net=0,
    tax=0,
    total=0,
)
LINES = st.lists(st.tuples(RATES, st.integers(0, 90_000)), min_size=1, max_size=6)


def invoice_over(document: Document, lines: list[tuple[Decimal, int]], *, inside: bool) -> Document:
    """Taxes of each rate rounded once (EN 16931), inside the amounts or on top of them."""
    rows = tuple(
        DocumentLine(f"Line {n}", "", 1, amount, 0, amount, rate, tax_place="BG", key=str(n))
        for n, (rate, amount) in enumerate(lines)
    )
    taxes = []
    for rate in sorted({rate for rate, _ in lines}, reverse=True):
        of_rate, hundredths = sum(a for r, a in lines if r == rate), int(rate * 100)
        tax = half_up(of_rate * hundredths, 10_000 + (hundredths if inside else 0))
        base = of_rate - tax if inside else of_rate
        taxes.append(DocumentTax(rate, base, tax, TaxCategory.STANDARD, "BG"))
    net, tax = sum(one.base for one in taxes), sum(one.tax for one in taxes)
    return replace(
        document,
        kind=Kind.INVOICE,
        lines=rows,
        taxes=tuple(taxes),
        taxes_inside=inside,
        net=net,
        tax=tax,
        total=net + tax,
    )


@settings(max_examples=150, deadline=None)
@given(lines=LINES, inside=st.booleans(), parts=st.lists(st.integers(1, 40_000), max_size=8))
def test_any_sequence_of_parts_adds_up_to_the_invoice(
    lines: list[tuple[Decimal, int]],
    inside: bool,  # noqa: FBT001 (Hypothesis names it)
    parts: list[int],
) -> None:
    invoice = invoice_over(EMPTY, lines, inside=inside)
    notes: list[Document] = []
    for part in [*parts, invoice.total + 1]:
        standing = standing_of(invoice, notes)
        if not standing.total:
            break
        wanted = min(part, standing.total)
        note = part_of(standing, take_sum(standing, part), Kind.CREDIT_NOTE, DAY)
        assert note.total == wanted == note.net + note.tax
        assert min((line.amount for line in note.lines), default=0) >= 0
        assert min((tax.tax for tax in note.taxes), default=0) >= 0
        stated = sum(line.amount for line in note.lines)
        assert stated == (note.total if inside else note.net)
        notes.append(note)
    left = standing_of(invoice, notes).left
    assert {*left.amounts.values(), *left.taxes.values()} <= {0}
    assert sum(note.tax for note in notes) == invoice.tax


def test_lines_are_taken_with_their_own_tax() -> None:
    invoice = invoice_over(EMPTY, [(Decimal(20), 1000), (Decimal(9), 500)], inside=False)
    standing = standing_of(invoice, [])
    note = part_of(standing, take_lines(standing, {"1": 500}), Kind.CREDIT_NOTE, DAY, reason="no")
    assert [(line.title, line.amount) for line in note.lines] == [("Line 1", 500)]
    assert [(tax.percent, tax.base, tax.tax) for tax in note.taxes] == [(Decimal(9), 500, 45)]
    assert (note.reason, note.total) == ("no", 545)


def test_what_is_kept_stays_and_the_rest_is_taken_line_by_line() -> None:
    invoice = invoice_over(EMPTY, [(Decimal(20), 6000), (Decimal(20), 500)], inside=True)
    kept = invoice_over(EMPTY, [(Decimal(20), 6000)], inside=True)
    standing = standing_of(invoice, [])
    taken = take_down_to(standing, sums_of(kept))
    assert taken is not None
    assert {key: amount for key, amount in taken.amounts.items() if amount} == {"1": 500}
    assert taken.taxes == {SupplyTax(TaxCategory.STANDARD, Decimal(20), "BG"): 83}
    # of something less stands already
    assert take_down_to(standing_of(invoice, [kept]), sums_of(kept)) is None
