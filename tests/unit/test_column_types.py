"""Values of columns that are read again and again: what is kept of one is of that one alone."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from billing_panel.api.answer_models import minor, money
from billing_panel.kernel.database.column_types import AsWritten, Percent, Written
from billing_panel.kernel.values.money import Money

DIALECT = sqlite_dialect()
PERCENTS = st.decimals(0, 1_000, places=4, allow_nan=False, allow_infinity=False)
JSON = st.dictionaries(st.text(max_size=9), st.text(max_size=9) | st.integers(), max_size=90)


@given(PERCENTS)
def test_a_percentage_is_read_as_it_was_written(percent: Decimal) -> None:
    written = Percent().process_bind_param(percent, DIALECT)
    read = Percent().process_result_value(written, DIALECT)
    assert read == percent
    assert "E" not in str(read)
    assert str(read) == (f"{percent:f}".rstrip("0").rstrip(".") or "0")


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD", "points"]))
def test_a_sum_is_said_in_its_own_currency(amount: int, currency: str) -> None:
    assert minor(amount, currency) == money(Money(amount, currency))


@given(JSON, JSON)
def test_json_is_decoded_once_for_equal_text(
    one: dict[str, object], other: dict[str, object]
) -> None:
    texts = [json.dumps(value) for value in (one, other, one)]
    first, second, again = (AsWritten().process_result_value(text, DIALECT) for text in texts)
    assert (first, second) == (one, other)
    assert again is first
    assert isinstance(first, Written)
    assert first.text == texts[0]


@pytest.mark.parametrize("text", ["[]", "3", "null"])
def test_json_that_is_no_object_is_read_as_it_is(text: str) -> None:
    assert AsWritten().process_result_value(text, DIALECT) == json.loads(text)
