"""Issue 12, item 15: what people type for each other is compared as the same."""

import pytest

from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.tables.find_search_entries import asked
from billing_panel.kernel.tables.search_entries import searchable

ALIKE = (
    ("Фёдоров", "федоров", "ФЕДОРОВ"),
    ("Йовков", "Иовков"),
    ("Müller", "Muller", "MU\u0308LLER"),
    ("Straße", "STRASSE", "strasse"),
    ("Łódź", "lodz"),
    ("Bjørn Ægir", "bjorn aegir"),
    ("Київ", "Киив"),
    ("Эдуард", "Едуард", "Єдуард"),
    # Cyrillic, Latin, and a Cyrillic С before a Latin O
    ("СО-1", "CO-1", "со-1", "СO\u20131"),
    ("Иван Петров", "Иван\u00a0 \tПетров ", "Ива\u00adн\u200b Петров"),
    ("№ 17", "№17", "# 17", "17", "１７"),
    ("O’Brien", "O'Brien", "O´Brien"),
    ("«Ромашка»", '"Ромашка"', "„Ромашка“"),
)


@pytest.mark.parametrize("spellings", ALIKE, ids=lambda spellings: spellings[0])
def test_i12_15_they_are_folded_alike(spellings: tuple[str, ...]) -> None:
    assert len({fold(one) for one in spellings}) == 1


def test_i12_15_what_is_not_the_same_stays_apart() -> None:
    apart = ("Müller", "Mueller", "Fedorov", "Фёдоров", "10%", "10", "a_b", "a b", "C#", "C")
    assert len({fold(one) for one in apart}) == len(apart)


def test_i12_15_a_number_is_a_word_of_its_own() -> None:
    (seventeen,) = asked("№ 17")
    assert seventeen in searchable("2026-000017")
    assert seventeen not in searchable("2026-000117")
    assert seventeen not in searchable("1755")
    assert asked("№ 10 017") == asked("10017")
    assert len(asked("10 17")) == 2
    assert asked("\u200b \u00ad") == ()
