"""How documents say how long a period is."""

import pytest

from plugins.orders.settlement.proforma import period_words


@pytest.mark.parametrize(
    ("months", "language", "words"),
    [
        (0, "en", ""),
        (1, "en", "1 month"),
        (12, "en", "12 months"),
        (1, "ru", "1 месяц"),
        (3, "ru", "3 месяца"),
        (12, "ru", "12 месяцев"),
        (12, "bg", "12 месеца"),
    ],
)
def test_each_language_says_a_period_in_its_own_words(
    months: int, language: str, words: str
) -> None:
    for _ in range(2):
        assert period_words(months, language) == words
