"""A billing period is written one way only."""

import pytest

from billing_panel.catalog.rules.eligibility_facts import Period


@pytest.mark.parametrize(
    ("written", "months"), [("once", 0), ("1 month", 1), ("2 months", 2), ("999 months", 999)]
)
def test_a_period_is_read_and_written_the_same(written: str, months: int) -> None:
    assert Period.parse(written) == Period(months)
    assert str(Period(months)) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0 months",
        "1 months",
        "12 month",
        "12",
        "-1 months",
        "+1 month",
        "01 month",
        "1000 months",
        "1.5 months",
        "1e1 months",
        "１ month",
        "12  months",
        " 12 months",
        "12 months\n",
        "12 Months",
        "12 мес.",
        "Once",
        "once ",
        "1 year",
    ],
)
def test_anything_else_is_no_period(written: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        Period.parse(written)


def test_periods_are_in_the_order_of_their_length() -> None:
    assert sorted([Period(24), Period(0), Period(1)]) == [Period(0), Period(1), Period(24)]
