"""What part of an order some of its lines are: any parts sum to the whole, to the minor unit."""

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing_panel.catalog.rules.quote import tax_totals
from billing_panel.kernel.language.text import Titles
from plugins.orders.settlement.share_of_lines import Claim, Priced, shares_of
from plugins.orders.workflow.take_back_answers import PATTERN, taken_back, written_for, wrong

RATES = st.sampled_from([Decimal(0), Decimal(9), Decimal(20), Decimal(22), Decimal("8.1")])
PRICED = st.lists(st.builds(Priced, RATES, st.integers(0, 10**9)), min_size=1, max_size=8)


@given(PRICED, st.booleans(), st.data())
def test_r9_any_split_of_an_order_sums_to_its_total_and_its_tax(
    priced: list[Priced],
    taxes_inside: bool,  # noqa: FBT001 (drawn)
    data: st.DataObject,
) -> None:
    totals = tax_totals([(p.percent, p.amount) for p in priced], taxes_inside=taxes_inside)
    taxes = {total.percent: total.tax for total in totals}
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
    priced = [Priced(Decimal(20), 333), Priced(Decimal(9), 1_000), Priced(Decimal(20), 333)]
    shares = shares_of(priced, {Decimal(20): 133, Decimal(9): 90}, taxes_inside=False)
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
