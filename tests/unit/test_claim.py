"""What part of an order some of its lines are: any parts sum to the whole, to the minor unit."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing_panel.catalog.rules.line_sums import tax_totals
from billing_panel.kernel.language.text import Titles
from billing_panel.tax.supply import SupplyTax, TaxCategory
from plugins.orders.settlement.line_shares_and_tax import Claim, Priced, shares_of
from plugins.orders.workflow.take_back_field import PATTERN, taken_back, written_for, wrong


def standard(percent: str, place: str = "BG") -> SupplyTax:
    return SupplyTax(TaxCategory.STANDARD, Decimal(percent), place)


TAXES = st.sampled_from(
    [
        *(standard(percent) for percent in ("9", "20", "22", "8.1")),
        standard("20", "FR"),
        SupplyTax(TaxCategory.EXPORT, Decimal(0), "US"),
        SupplyTax(TaxCategory.OUT_OF_SCOPE, Decimal(0), "US"),
    ]
)
PRICED = st.lists(st.builds(Priced, TAXES, st.integers(0, 10**9)), min_size=1, max_size=8)


@given(PRICED, st.booleans(), st.data())
def test_r9_any_split_of_an_order_sums_to_its_total_and_its_tax(
    priced: list[Priced],
    taxes_inside: bool,  # noqa: FBT001 (drawn)
    data: st.DataObject,
) -> None:
    totals = tax_totals([(p.levied, p.amount) for p in priced], taxes_inside=taxes_inside)
    taxes = {total.levied: total.tax for total in totals}
    shares = shares_of(priced, taxes, taxes_inside=taxes_inside)
    chosen = data.draw(st.sets(st.sampled_from(range(len(shares)))))
    one = Claim(tuple(share for n, share in enumerate(shares) if n in chosen))
    rest = Claim(tuple(share for n, share in enumerate(shares) if n not in chosen))
    assert one.total + rest.total == sum(total.base + total.tax for total in totals)
    assert one.tax + rest.tax == sum(taxes.values())
    assert all(share.base >= 0 and share.tax >= 0 for share in shares)
    if taxes_inside:
        assert [share.gross for share in shares] == [p.amount for p in priced]


def test_r9_the_tax_of_a_line_is_within_a_unit_of_its_own_rate() -> None:
    full, reduced = standard("20"), standard("9")
    priced = [Priced(full, 333), Priced(reduced, 1_000), Priced(full, 333)]
    shares = shares_of(priced, {full: 133, reduced: 90}, taxes_inside=False)
    assert [(share.base, share.tax) for share in shares] == [(333, 67), (1_000, 90), (333, 66)]


ROUTER, KIT = Titles({"en": "Router"}), Titles({"en": "Kit"})
DELIVERED = {12: ROUTER, 13: KIT}


def test_r9_each_delivered_line_is_said_to_come_back_or_to_be_kept() -> None:
    for written in ("back", "kept", "12:back 13:kept", "13:kept, 12:back"):
        assert wrong(DELIVERED, written) is None
    assert taken_back(DELIVERED, "back") == {12, 13}
    assert taken_back(DELIVERED, "kept") == frozenset()
    assert taken_back(DELIVERED, written_for({12: "back", 13: "kept"})) == {12}


def test_r9_what_is_left_out_twice_or_unknown_is_named() -> None:
    assert "Kit" in str(wrong(DELIVERED, "12:back"))
    assert "14" in str(wrong(DELIVERED, "12:back 13:kept 14:back"))
    assert "Router" in str(wrong(DELIVERED, "12:back 12:kept 13:kept"))
    assert wrong({}, "back") is not None


def test_r9_the_pattern_is_read_in_linear_time_and_takes_no_other_word() -> None:
    assert re.fullmatch(PATTERN, "12:perhaps") is None
    assert re.fullmatch(PATTERN, "12:back " * 300 + "!") is None
