"""How many of something and which day, as each language writes them."""

from datetime import date

import pytest

from billing_panel.catalog.rules.wanted_line import MAX_QUANTITY
from billing_panel.kernel.language.quantities import counted
from billing_panel.kernel.language.text import say, text

WIDE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "100,000"), ("ru", f"100{WIDE}000"), ("bg", f"100{WIDE}000")],
)
def test_a_bound_in_a_sentence_is_grouped(language: str, said: str) -> None:
    words = text("The quantity must be a whole number from 1 to %(most)s.", most=MAX_QUANTITY)
    assert said in say(words, language)


def test_a_number_that_names_something_is_not() -> None:
    assert say(text("Order %(number)s", number=100_017), "en") == "Order 100017"


@pytest.mark.parametrize(
    ("number", "most", "said"),
    [(0, 99, "0"), (99, 99, "99"), (100, 99, "99+"), (1_000, 1_000, "1,000")],
)
def test_what_was_not_counted_further_says_so(number: int, most: int, said: str) -> None:
    assert counted(number, most, "en") == said


def test_more_than_were_counted_is_written_as_the_language_writes_it() -> None:
    assert counted(1_001, 1_000, "en") == "1,000+"
    assert counted(1_001, 1_000, "ru") == f"1{WIDE}000+"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "12 Jan 2026"), ("ru", "12 янв. 2026 г."), ("bg", "12.01.2026 г.")],
)
def test_a_day_in_a_sentence_comes_before_its_month(language: str, said: str) -> None:
    words = text("Due %(day)s", day=date(2026, 1, 12))
    assert " ".join(say(words, language).split()).endswith(said)
