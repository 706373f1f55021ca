"""Issue 12, item 15: folding is done once and for all, and blind to what it folds."""

import unicodedata
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from billing_panel.kernel.input.text_folding import fold
from billing_panel.kernel.tables.find_search_entries import asked, has_all
from billing_panel.kernel.tables.numbers_in_words import Words, shortened
from billing_panel.kernel.tables.search_entries import entry

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
# which NFKC takes for other characters than people do
SIGNS = "№´\u1ffd"
words = st.text(max_size=40)
alphabets = st.text(
    st.one_of(
        st.sampled_from("# 017-\u00a0\u2003\u200b\u0301\u0308"),
        st.characters(min_codepoint=0x20, max_codepoint=0x24F),
        st.characters(min_codepoint=0x400, max_codepoint=0x52F),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(st.one_of(words, alphabets))
def test_i12_15_folding_again_changes_nothing(said: str) -> None:
    assert fold(fold(said)) == fold(said)


@settings(max_examples=300)
@given(st.one_of(words, alphabets), st.sampled_from(FORMS))
def test_i12_15_case_form_and_accents_never_count(said: str, form: Form) -> None:
    said = "".join(one for one in said if one not in SIGNS)
    folded = fold(said)
    assert fold(unicodedata.normalize(form, said)) == folded
    assert fold(said.upper()) == fold(said.lower()) == folded
    decomposed = unicodedata.normalize("NFD", said)
    assert fold("".join(one for one in decomposed if not unicodedata.combining(one))) == folded


@given(st.lists(alphabets, max_size=5), st.sampled_from(" \t\n\u00a0\u2009\u202f\u3000"))
def test_i12_15_every_kind_of_space_is_one(said: list[str], space: str) -> None:
    assert fold(f" {space} ".join(said)) == fold(" ".join(said))


numbers = st.text("0125", min_size=1, max_size=30)
said_with_numbers = st.lists(st.one_of(numbers, st.sampled_from("ab-. #")), max_size=8).map("".join)


@settings(max_examples=300)
@given(said_with_numbers, said_with_numbers, st.integers(1, 10**13))
def test_i16_numbers_kept_short_are_found_as_they_are_written(
    said: str, query: str, whose: int
) -> None:
    words = entry("order", 1, said, providers=[whose], client=whose).words
    kept = shortened(words)
    assert not any(one.isdigit() for one in kept)
    assert shortened(kept) == kept
    assert Words().process_result_value(kept, sqlite.dialect()) == words
    for sought in (asked(query), asked(said)):
        as_kept = tuple(map(shortened, sought))
        assert has_all(kept, as_kept) == has_all(words, sought)
        # else the index of letters could not find it
        assert all(len(one) >= 3 for one in as_kept)
