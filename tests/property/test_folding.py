"""Issue 12, item 15: folding is done once and for all, and blind to what it folds."""

import unicodedata
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from billing_panel.kernel.input.text_folding import fold

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
