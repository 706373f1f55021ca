"""What a payment system names, and how much, is what the database can hold (R5)."""

from typing import Any

import pytest

from billing_panel.kernel.extension.gateways import BadMessage, Message, Outcome
from billing_panel.kernel.values.money import MAX_MINOR, Money

GOOD: dict[str, Any] = {
    "event_id": "event_1",
    "reference": "reference_1",
    "key": "1-2",
    "outcome": Outcome.SUCCEEDED,
    "money": Money(MAX_MINOR, "EUR"),
}


@pytest.mark.parametrize("name", ["event_id", "reference", "key", "dispute"])
@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 256])
def test_r5_a_name_that_no_database_can_hold_makes_no_message(name: str, value: str) -> None:
    assert Message(**GOOD).dispute == ""
    with pytest.raises(BadMessage):
        Message(**{**GOOD, name: value})


def test_r5_nor_does_an_amount_beyond_money() -> None:
    with pytest.raises(BadMessage):
        Message(**{**GOOD, "money": Money(MAX_MINOR + 1, "EUR")})
