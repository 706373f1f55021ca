"""Lists write sums as everything else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_panel.kernel.language.text import LANGUAGES
from billing_panel.kernel.values.money import MAX_MINOR, Money, show
from billing_panel.kernel.values.money_writer import money_writer


@pytest.mark.parametrize("locale", LANGUAGES)
@given(
    minor=st.integers(-MAX_MINOR, MAX_MINOR),
    currency=st.sampled_from(["EUR", "USD", "RUB", "BGN", "JPY", "KWD"]),
)
def test_a_sum_of_a_list_is_written_as_elsewhere(locale: str, minor: int, currency: str) -> None:
    elsewhere = show(Money(minor, currency), locale).replace("-", "\N{MINUS SIGN}")
    assert money_writer(currency, locale)(minor) == elsewhere
