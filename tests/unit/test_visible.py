"""Issue 11, R17: names that nobody sees are no names."""

import pytest

from billing_panel.administration.details import validators
from billing_panel.kernel.input.invisible_characters import is_visible

UNSEEN = {
    "nothing": "",
    "spaces": " \t\n",
    "no-break space": "\u00a0\u2007\u202f",
    "zero width": "\u200b\u200c\u200d\u2060\ufeff",
    "soft hyphen": "\u00ad",
    "marks of direction": "\u200e\u202e\u2066",
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "blank of Braille": "\u2800",
    "accents alone": "\u0301\u0308\u034f",
    "variation selectors": "\ufe0f\U000e0100",
    "tags": "\U000e0041",
    "controls": "\x00\x1f\x7f",
    "private use": "\ue000",
    "surrogate": "\ud800",
}


@pytest.mark.parametrize("words", UNSEEN.values(), ids=UNSEEN)
def test_r17_a_name_of_characters_nobody_sees_is_refused(words: str) -> None:
    assert not is_visible(words)
    assert [error.code for error in validators.filled("name", words)] == ["required"]
    assert [error.code for error in validators.titles("titles", {"en": "Seen", "bg": words})] == (
        ["required"] if words else []
    )


def test_words_in_a_language_that_the_panel_does_not_speak_are_refused() -> None:
    wrong = [*validators.titles("titles", {"en": "Seen", "xx": "Seen"})]
    assert [(error.field, error.code) for error in wrong] == [("titles", "language")]


@pytest.mark.parametrize("words", ["x", "Ж", "中", "é", "1", "–", "\u200bx\u200b", "🙂", "한"])
def test_r17_a_name_that_is_seen_is_taken(words: str) -> None:
    assert is_visible(words)
    assert [*validators.filled("name", words)] == []


@pytest.mark.parametrize("name", ["7", "007", "1" * 60])
def test_a1_no_new_name_is_digits_alone_and_one_of_before_stays(name: str) -> None:
    for check in (validators.login, validators.key):
        assert [error.code for error in check("name", name)] == ["only_digits"]
        assert [*check("name", name, before=[name])] == []
        assert [*check("name", f"{name}a")] == []
